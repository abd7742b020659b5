"""What agents write of a device, of a list of devices, of a gateway."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices.models import Device, DeviceProfile, Gateway
from parvis.telemetry.devices.rules.eui import read_eui

from .offering import offer

LARGEST_LIST = 30 * 1024 * 1024  # bytes: 200,000 devices with a position each


class DeviceForm(forms.ModelForm):  # type: ignore[type-arg]
    thing = forms.CharField(
        label=_("Équipement (URN)"),
        required=False,
        max_length=255,
        help_text=_(
            "L’équipement de la ville dont ce capteur donne les mesures, par exemple urn:ngsi-ld:Streetlight:21231-00042."
        ),
    )
    moved_at = forms.DateTimeField(
        label=_("Sur cet équipement depuis"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_(
            "Si vous changez l’équipement : quand le capteur y a été posé, même dans le passé. Sans date : maintenant."
        ),
    )

    class Meta:
        model = Device
        fields = ["eui", "name", "profile", "organisation", "device_class", "network_name", "is_active"]
        help_texts = {
            "eui": _("16 chiffres hexadécimaux, tels que les affiche le serveur de réseau."),
            "network_name": _(
                "application/capteur, pour lui parler avant qu’il ait parlé lui-même (The Things Stack, ChirpStack)."
            ),
        }
        labels = {"is_active": _("Accepter les remontées de ce capteur")}

    field_order = [
        "eui",
        "name",
        "profile",
        "thing",
        "moved_at",
        "organisation",
        "device_class",
        "network_name",
        "is_active",
    ]

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
        self.fields["device_class"].required = False
        self.fields["eui"].widget.attrs = {"maxlength": "23", "spellcheck": "false", "autocapitalize": "off"}
        self.fields["eui"].max_length = 23  # type: ignore[attr-defined]
        self.fields["eui"].validators = []
        if self.instance.entity:
            self.initial["thing"] = self.instance.entity.urn

    def clean_eui(self) -> str:
        eui = read_eui(self.cleaned_data["eui"])
        if eui is None:
            raise ValidationError(_("Un DevEUI a 16 chiffres hexadécimaux (0–9, a–f)."))
        return eui

    def clean_device_class(self) -> str:
        return str(self.cleaned_data["device_class"] or self.instance.device_class)

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


class ConfirmedListForm(forms.Form):
    """`profile` and `organisation` are those of the rows that name none."""

    profile = forms.ModelChoiceField(
        label=_("Profil des lignes qui n’en nomment pas"), queryset=DeviceProfile.objects.none(), required=False
    )
    organisation = forms.ModelChoiceField(
        label=_("Organisation des lignes qui n’en nomment pas"), queryset=Organisation.objects.none(), required=False
    )

    def __init__(
        self,
        *args: Any,
        organisations: QuerySet[Organisation],
        everywhere: bool,
        profiles: QuerySet[DeviceProfile],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "organisation", organisations, required=not everywhere)
        offer(self, "profile", profiles, required=False)


class DeviceListForm(ConfirmedListForm):
    file = forms.FileField(
        label=_("Fichier CSV"),
        max_length=200,
        widget=forms.FileInput({"accept": ".csv,.txt,text/csv,text/plain"}),
        help_text=_("Celui du fabricant, un tableur enregistré en CSV, ou l’export du serveur de réseau."),
    )
    field_order = ["file", "profile", "organisation"]

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_LIST:
            raise ValidationError(_("Ce fichier est trop gros : envoyez-le en plusieurs fois."))
        content: bytes = file.read()
        return content


class GatewayForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Gateway
        fields = ["name", "organisation", "longitude", "latitude"]

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], everywhere: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "organisation", organisations, required=not everywhere)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name, most in (("longitude", 180), ("latitude", 90)):
            value = given.get(name)
            if value is not None and not -most <= value <= most:
                self.add_error(name, _("Des degrés, WGS 84."))
        if (given.get("longitude") is None) != (given.get("latitude") is None):
            raise ValidationError(_("Un lieu a une longitude et une latitude."))
        return given
