from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile

from .offering import offer

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
        offer(self, "organisation", organisations, required=not everywhere)
        offer(self, "profile", profiles, required=False)
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
            offer(self, "organisation", organisations, required=not everywhere)

    def clean_sample(self) -> bytes:
        try:
            return bytes.fromhex(self.cleaned_data["sample"])
        except ValueError as error:
            raise ValidationError(_("Des chiffres hexadécimaux, deux par octet.")) from error
