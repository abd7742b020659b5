from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.kernel.contributions import EntityType
from parvis.kernel.registry import registry
from parvis.kernel.units import UNITS
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices.mapping import FieldMapping, MappingRefused, mapping_rows, parse_mapping
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Source

LARGEST_CODEC = 512 * 1024  # letters; makers' largest, with their tables, are a fifth of it
_CODE = {"class": "code", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class DeviceForm(forms.ModelForm):  # type: ignore[type-arg]
    thing = forms.CharField(
        label=_("Équipement (URN)"),
        required=False,
        max_length=255,
        help_text=_(
            "L’équipement de la ville dont ce capteur donne les mesures, par exemple urn:ngsi-ld:Streetlight:21231-00042."
        ),
    )

    class Meta:
        model = Device
        fields = ["eui", "name", "profile", "organisation", "is_active"]
        help_texts = {"eui": _("16 chiffres hexadécimaux, tels que les affiche le serveur de réseau.")}
        labels = {"is_active": _("Accepter les remontées de ce capteur")}

    field_order = ["eui", "name", "profile", "thing", "organisation", "is_active"]

    def __init__(
        self,
        *args: Any,
        organisations: QuerySet[Organisation],
        everywhere: bool,
        profiles: QuerySet[DeviceProfile],
        things: QuerySet[Entity],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._things = things
        _offer(self, "organisation", organisations, required=not everywhere)
        _offer(self, "profile", profiles, required=False)
        self.fields["eui"].widget.attrs = {"maxlength": "23", "spellcheck": "false", "autocapitalize": "off"}
        self.fields["eui"].max_length = 23  # type: ignore[attr-defined]
        self.fields["eui"].validators = []
        if self.instance.entity:
            self.initial["thing"] = self.instance.entity.urn

    def clean_eui(self) -> str:
        eui = self.cleaned_data["eui"].translate(str.maketrans("", "", ":-. ")).lower()
        if len(eui) != 16 or any(digit not in "0123456789abcdef" for digit in eui):
            raise ValidationError(_("Un DevEUI a 16 chiffres hexadécimaux (0–9, a–f)."))
        return str(eui)

    def clean_thing(self) -> Entity | None:
        urn = self.cleaned_data["thing"].strip()
        if not urn:
            return None
        present: Entity | None = self.instance.entity
        if present is not None and urn == present.urn:
            return present  # left as it is, whoever owns it
        entity = self._things.filter(urn=urn).first()
        if entity is None:
            raise ValidationError(_("Aucun équipement n’a cet URN."))
        return entity

    def device(self) -> Device:
        """Once valid."""
        device: Device = self.save(commit=False)
        device.entity = self.cleaned_data["thing"]
        return device


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
        _offer(self, "organisation", organisations, required=not everywhere)
        _offer(self, "codec", codecs, required=False)
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


class CodecForm(forms.Form):
    name = forms.SlugField(
        label=_("Nom"), max_length=80, help_text=_("Lettres sans accent, chiffres et tirets : fabricant-modele.")
    )
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=Organisation.objects.none(), required=False)
    source = forms.CharField(
        label=_("Programme JavaScript"),
        max_length=LARGEST_CODEC,
        strip=False,
        widget=forms.Textarea({"rows": 22, **_CODE}),
        help_text=_("Une fonction decodeUplink(input) (TS013), Decode(fPort, bytes) ou Decoder(bytes, port)."),
    )
    sample = forms.CharField(
        label=_("Charge utile d’essai (hexadécimal)"),
        required=False,
        max_length=512,
        widget=forms.TextInput({"class": "code", "spellcheck": "false"}),
    )
    sample_port = forms.IntegerField(label=_("Port d’essai"), min_value=0, max_value=255, initial=1)

    def __init__(
        self, *args: Any, codec: Codec | None, organisations: QuerySet[Organisation], everywhere: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if codec is not None:  # the next version of the same codec
            del self.fields["name"]
            del self.fields["organisation"]
        else:
            _offer(self, "organisation", organisations, required=not everywhere)

    def clean_sample(self) -> bytes:
        try:
            return bytes.fromhex(self.cleaned_data["sample"])
        except ValueError as error:
            raise ValidationError(_("Des chiffres hexadécimaux, deux par octet.")) from error


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Source
        fields = ["label", "slug", "server", "organisation", "mqtt_topic", "is_active"]
        help_texts = {
            "slug": _("Dans l’adresse du webhook : lettres sans accent, chiffres et tirets."),
            "mqtt_topic": _(
                "Pour ChirpStack : application/+/device/+/event/+ ; pour The Things Stack : v3/+/devices/+/#."
            ),
        }
        labels = {"is_active": _("Accepter les messages de cette source")}

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], everywhere: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "organisation", organisations, required=not everywhere)

    def clean_mqtt_topic(self) -> str:
        topic = self.cleaned_data["mqtt_topic"].strip()
        levels = topic.split("/")
        misplaced = "#" in topic[:-1] or any(("+" in level or "#" in level) and len(level) > 1 for level in levels)
        if misplaced or topic.startswith("$") or "\0" in topic:
            raise ValidationError(_("Ce filtre de sujets n’est pas valide : + tient lieu d’un niveau, # de la fin."))
        return str(topic)


def for_all_or(mine: frozenset[int] | None) -> Q:
    """What serves everybody, and what belongs to these organisations; None: everything."""
    return Q() if mine is None else Q(organisation=None) | Q(organisation_id__in=mine)


def _offer(form: forms.BaseForm, name: str, rows: QuerySet[Any], *, required: bool) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows
    field.required = required
    if not required:
        field.empty_label = "–"
