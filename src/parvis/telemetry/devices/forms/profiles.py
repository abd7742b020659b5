from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.kernel.contributions import EntityType
from parvis.kernel.registry import registry
from parvis.kernel.units import UNITS, Unit
from parvis.telemetry.devices.mapping import Battery, FieldMapping, MappingRefused, mapping_rows, parse_mapping
from parvis.telemetry.devices.models import Codec, DeviceProfile

from .offering import offer

PREFIX = "mapping"
_DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}
_CODE = {"class": "code", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


def type_choices() -> list[tuple[str, str]]:
    """The types of things that packages declare, by their label."""
    return sorted(
        ((kind.name, str(kind.label)) for _manifest, kind in registry.all(EntityType)), key=lambda one: one[1]
    )


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    entity_type = forms.ChoiceField(label=_("Type d’équipement"))
    expected_period_min = forms.IntegerField(
        label=_("Période attendue des remontées (minutes)"),
        required=False,
        min_value=1,
        max_value=525_600,
        help_text=_("Un capteur muet pendant trois périodes est signalé comme silencieux."),
    )
    battery_empty = forms.FloatField(
        label=_("Pile vide à"), required=False, localize=True, widget=forms.TextInput(_DECIMAL)
    )
    battery_full = forms.FloatField(
        label=_("Pile neuve à"), required=False, localize=True, widget=forms.TextInput(_DECIMAL)
    )

    class Meta:
        model = DeviceProfile
        fields = ["name", "entity_type", "codec", "organisation", "battery_field", "battery_empty", "battery_full"]
        help_texts = {"codec": _("Sans codec, les données décodées par le serveur de réseau sont utilisées.")}
        labels = {"battery_field": _("Champ décodé de la pile")}
        widgets = {"battery_field": forms.TextInput({**_CODE, "list": "decoded-fields"})}

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
        choices = type_choices()
        known = self.instance.entity_type
        if known and known not in dict(choices):
            choices.append((known, known))
        chosen = self.fields["entity_type"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = choices
        for name in ("battery_empty", "battery_full"):
            if (volts := self.initial.get(name)) is not None:
                self.initial[name] = shown_number(volts)
        if self.instance.expected_period_s:
            self.initial["expected_period_min"] = self.instance.expected_period_s // 60

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        empty, full = given.get("battery_empty"), given.get("battery_full")
        if "battery_empty" in given and "battery_full" in given:
            if (empty is None) is not (full is None):
                self.add_error("battery_full", _("Donnez les deux tensions, ou aucune si le champ est un pourcentage."))
            elif empty is not None and full is not None and empty >= full:
                self.add_error("battery_full", _("La pile neuve a une tension plus haute que la pile vide."))
        return given

    def battery(self) -> Battery | None:
        """As far as the form is valid."""
        given = getattr(self, "cleaned_data", {})
        if not given.get("battery_field"):
            return None
        return Battery(
            field=given["battery_field"], empty_v=given.get("battery_empty"), full_v=given.get("battery_full")
        )

    def profile(self, mapping: tuple[FieldMapping, ...]) -> DeviceProfile:
        """Once valid."""
        profile: DeviceProfile = self.save(commit=False)
        minutes = self.cleaned_data["expected_period_min"]
        profile.expected_period_s = minutes * 60 if minutes else None
        profile.mapping = mapping_rows(mapping)
        return profile


def shown_number(value: float) -> float:
    """20 and not 20,0."""
    return int(value) if value == int(value) else value


def _unit_words(unit: Unit) -> str:
    return f"{unit.symbol} ({unit.label})" if unit.symbol else str(unit.label)


_NEUTRAL = {"scale": 1.0, "offset": 0.0}


def _number(label: Any) -> forms.FloatField:
    return forms.FloatField(label=label, required=False, localize=True, widget=forms.TextInput(_DECIMAL))


class MappingRowForm(forms.Form):
    """A row left without field and attribute is no row."""

    field = forms.CharField(
        label=_("Champ décodé"),
        required=False,
        max_length=200,
        widget=forms.TextInput({**_CODE, "list": "decoded-fields"}),
    )
    attribute = forms.CharField(
        label=_("Attribut"),
        required=False,
        max_length=100,
        widget=forms.TextInput({**_CODE, "list": "type-attributes"}),
    )
    unit_code = forms.ChoiceField(label=_("Unité"), required=False)
    scale = _number(_("Échelle"))
    offset = _number(_("Décalage"))
    minimum = _number(_("Minimum"))
    maximum = _number(_("Maximum"))
    max_change_per_h = _number(_("Variation max. par heure"))

    CHECKS = ("scale", "offset", "minimum", "maximum", "max_change_per_h")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = self.fields["unit_code"]
        assert isinstance(units, forms.ChoiceField)
        units.choices = [("", "–"), *((unit.code, _unit_words(unit)) for unit in UNITS.values())]
        for name in self.CHECKS:
            value, neutral = self.initial.get(name), _NEUTRAL.get(name)
            if value is not None:
                self.initial[name] = None if value == neutral else shown_number(value)
            if neutral is not None:
                self.fields[name].widget.attrs["placeholder"] = f"{neutral:g}"

    @property
    def number(self) -> int:
        """Of the row, from 1."""
        return int(str(self.prefix).rpartition("-")[2]) + 1

    @property
    def is_blank(self) -> bool:
        return not (self["field"].value() or self["attribute"].value())

    @property
    def checks(self) -> list[forms.BoundField]:
        return [self[name] for name in self.CHECKS]

    @property
    def has_checks(self) -> bool:
        """Whether there is something to see among the numbers."""
        return any(check.value() not in (None, "") or check.errors for check in self.checks)

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
            "minimum": given["minimum"],
            "maximum": given["maximum"],
            "max_change_per_h": given["max_change_per_h"],
        }


class MappingFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """Once valid, its `mapping` is what the rows say."""

    mapping: tuple[FieldMapping, ...] = ()

    def clean(self) -> None:
        if any(self.errors):
            return
        try:
            self.mapping = parse_mapping([row for form in self.forms if (row := form.row())])
        except MappingRefused as refused:
            raise ValidationError(refused.message) from refused

    def lines(self) -> list[FieldMapping]:
        """Those that can be read already, whatever is wrong with the others."""
        if not self.is_bound:
            return list(parse_mapping(self.initial or []))
        found: list[FieldMapping] = []
        for form in self.forms:
            try:
                found += parse_mapping([row] if form.is_valid() and (row := form.row()) else [])
            except MappingRefused:
                continue
        return found


def mapping_formset(data: Any, initial: list[dict[str, Any]]) -> MappingFormSet:
    """With some rows to fill when there is none yet, and one otherwise."""
    extra = 1 if initial else 3
    kind = forms.formset_factory(MappingRowForm, formset=MappingFormSet, extra=extra, max_num=100)
    formset = kind(data, prefix=PREFIX, initial=initial)
    assert isinstance(formset, MappingFormSet)
    return formset


def with_line(data: QueryDict, line: FieldMapping) -> QueryDict:
    """The rows as they were sent, and this one in the first that is blank, or after them."""
    changed = data.copy()
    total = _total(data)
    free = next((number for number in range(total) if not _is_filled(data, number)), total)
    for name, value in asdict(line).items():
        is_neutral = value is None or value == _NEUTRAL.get(name)
        changed[f"{PREFIX}-{free}-{name}"] = "" if is_neutral else _written(value)
    changed[f"{PREFIX}-TOTAL_FORMS"] = str(max(total, free + 1))
    return changed


def with_blank(data: QueryDict) -> QueryDict:
    changed = data.copy()
    changed[f"{PREFIX}-TOTAL_FORMS"] = str(_total(data) + 1)
    return changed


def without_row(data: QueryDict, number: str) -> QueryDict:
    """The rows as they were sent; that one is blank. `number` from 0, as it came."""
    changed = data.copy()
    for name in data:
        if name.startswith(f"{PREFIX}-{number}-"):
            changed[name] = ""
    return changed


def _total(data: Mapping[str, Any]) -> int:
    text = str(data.get(f"{PREFIX}-TOTAL_FORMS", ""))
    return min(int(text), 100) if text.isascii() and text.isdecimal() and len(text) < 5 else 0


def _is_filled(data: Mapping[str, Any], number: int) -> bool:
    return bool(data.get(f"{PREFIX}-{number}-field") or data.get(f"{PREFIX}-{number}-attribute"))


def _written(value: Any) -> str:
    """As the field will read it back, whatever the language."""
    return f"{value:g}" if isinstance(value, float) else str(value)


class SampleForm(forms.Form):
    """A payload to look through, where no device has spoken yet."""

    sample = forms.CharField(
        label=_("Charge utile (hexadécimal)"),
        required=False,
        max_length=512,
        widget=forms.TextInput(_CODE),
        help_text=_("Celle de la notice du fabricant, par exemple : 01 67 01 10."),
    )
    sample_port = forms.IntegerField(label=_("Port"), required=False, min_value=0, max_value=255)

    def clean_sample(self) -> bytes:
        try:
            return bytes.fromhex(self.cleaned_data["sample"])
        except ValueError as error:
            raise ValidationError(_("Des chiffres hexadécimaux, deux par octet.")) from error

    def payload(self) -> tuple[bytes, int] | None:
        """As far as the form is valid."""
        if not self.is_bound or not self.is_valid() or not self.cleaned_data["sample"]:
            return None
        port = self.cleaned_data["sample_port"]
        return self.cleaned_data["sample"], 1 if port is None else port
