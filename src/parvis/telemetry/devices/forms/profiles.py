from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.kernel.contributions import EntityType
from parvis.kernel.registry import registry
from parvis.kernel.units import UNITS
from parvis.telemetry.devices.mapping import FieldMapping, MappingRefused, mapping_rows, parse_mapping
from parvis.telemetry.devices.models import Codec, DeviceProfile

from .offering import offer


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    entity_type = forms.ChoiceField(label=_("Type d’équipement"))
    expected_period_min = forms.IntegerField(
        label=_("Période attendue des remontées (minutes)"),
        required=False,
        min_value=1,
        max_value=525_600,
        help_text=_("Un capteur muet pendant trois périodes est signalé comme silencieux."),
    )

    class Meta:
        model = DeviceProfile
        fields = ["name", "entity_type", "codec", "organisation"]
        help_texts = {"codec": _("Sans codec, les données décodées par le serveur de réseau sont utilisées.")}

    field_order = ["name", "entity_type", "codec", "expected_period_min", "organisation"]

    def __init__(
        self,
        *args: Any,
        organisations: QuerySet[Organisation],
        everywhere: bool,
        codecs: QuerySet[Codec],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "organisation", organisations, required=not everywhere)
        offer(self, "codec", codecs, required=False)
        types = {kind.name: str(kind.label) for _manifest, kind in registry.all(EntityType)}
        if self.instance.entity_type:
            types.setdefault(self.instance.entity_type, self.instance.entity_type)
        chosen = self.fields["entity_type"]
        assert isinstance(chosen, forms.ChoiceField)
        by_label = sorted((label, name) for name, label in types.items())
        chosen.choices = [(name, label) for label, name in by_label]
        if self.instance.expected_period_s:
            self.initial["expected_period_min"] = self.instance.expected_period_s // 60

    def profile(self, mapping: tuple[FieldMapping, ...]) -> DeviceProfile:
        """Once valid."""
        profile: DeviceProfile = self.save(commit=False)
        minutes = self.cleaned_data["expected_period_min"]
        profile.expected_period_s = minutes * 60 if minutes else None
        profile.mapping = mapping_rows(mapping)
        return profile


class MappingRowForm(forms.Form):
    """A row left without field and attribute is no row."""

    field = forms.CharField(label=_("Champ décodé"), required=False, max_length=200)
    attribute = forms.CharField(label=_("Attribut"), required=False, max_length=100)
    unit_code = forms.ChoiceField(label=_("Unité"), required=False)
    scale = forms.FloatField(label=_("Échelle"), required=False, localize=True)
    offset = forms.FloatField(label=_("Décalage"), required=False, localize=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        number = str(self.prefix).rpartition("-")[2]
        line = int(number) + 1 if number.isdecimal() else 0
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = _("Ligne %(line)d : %(what)s") % {"line": line, "what": field.label}
        units = self.fields["unit_code"]
        assert isinstance(units, forms.ChoiceField)
        units.choices = [("", "–"), *((code, f"{unit.symbol or unit.label} ({code})") for code, unit in UNITS.items())]

    def row(self) -> dict[str, Any] | None:
        given = self.cleaned_data
        if not given.get("field") and not given.get("attribute"):
            return None
        return {
            "field": given["field"],
            "attribute": given["attribute"],
            "unit_code": given["unit_code"],
            "scale": 1.0 if given["scale"] is None else given["scale"],
            "offset": given["offset"] or 0.0,
        }


class _MappingFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        if any(self.errors):
            return
        try:
            self.mapping = parse_mapping([row for form in self.forms if (row := form.row())])
        except MappingRefused as refused:
            raise ValidationError(refused.message) from refused


def mapping_formset(data: Any, profile: DeviceProfile | None) -> Any:
    """Once valid, its `mapping` is what the rows say."""
    kind = forms.formset_factory(MappingRowForm, formset=_MappingFormSet, extra=3, max_num=100)
    return kind(data, prefix="mapping", initial=profile.mapping if profile else None)
