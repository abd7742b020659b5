from collections.abc import Mapping
from typing import Any

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.devices.envelopes import plain
from parvis.telemetry.devices.models import Server, Signature, Source

from .offering import offer

LARGEST_SAMPLE = 256 * 1024  # letters, as the webhook takes bytes
_CODE = {"class": "code", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Source
        fields = ["label", "slug", "server", "organisation", "mqtt_topic", "signature", "is_active"]
        help_texts = {
            "slug": _("Dans l’adresse du webhook : lettres sans accent, chiffres et tirets."),
            "mqtt_topic": _(
                "Pour ChirpStack : application/+/device/+/event/+ ; pour The Things Stack : v3/+/devices/+/#."
            ),
            "signature": _("Pour un serveur qui signe ce qu’il envoie ; sa clé est ensuite sur la page de la source."),
        }
        labels = {"is_active": _("Accepter les messages de cette source")}

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], everywhere: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "organisation", organisations, required=not everywhere)

    def clean_mqtt_topic(self) -> str:
        topic = self.cleaned_data["mqtt_topic"].strip()
        levels = topic.split("/")
        misplaced = "#" in topic[:-1] or any(("+" in level or "#" in level) and len(level) > 1 for level in levels)
        if misplaced or topic.startswith("$") or "\0" in topic:
            raise ValidationError(_("Ce filtre de sujets n’est pas valide : + tient lieu d’un niveau, # de la fin."))
        return str(topic)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("signature") == Signature.THINGPARK and cleaned.get("server") != Server.THINGPARK:
            self.add_error("signature", _("Seul ThingPark signe ainsi : choisissez HMAC-SHA256 ou un jeton."))
        return cleaned

    def source(self, plain_form: "PlainForm") -> Source:
        """Once both are valid."""
        source: Source = self.save(commit=False)
        source.form = plain_form.stored() if source.server == Server.JSON else {}
        return source


def _path(label: Any, help_text: Any = "", *, placeholder: str = "", whole: bool = False) -> forms.CharField:
    """A dotted path; `whole`: the body itself too, written `.`."""
    steps = r"[^.\s]+(?:\.[^.\s]+)*"
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=200,
        validators=[
            RegexValidator(
                rf"^(?:{steps}|\.)\Z" if whole else rf"^{steps}\Z",
                _("Un chemin s’écrit avec des points, sans espace : mesures.0.valeur."),
            )
        ],
        widget=forms.TextInput({**_CODE, "placeholder": placeholder}),
    )


class PlainForm(forms.Form):
    """Where things are in plain JSON: an `envelopes.plain.Form`."""

    device = _path(_("Capteur"), _("Où est l’identifiant : un DevEUI, un numéro ou un nom."), placeholder="device.id")
    topic_level = forms.IntegerField(
        label=_("Ou niveau du sujet MQTT"),
        required=False,
        min_value=1,
        max_value=20,
        help_text=_("Dans ville/parc/capteur12/mesures, le capteur est au niveau 3."),
    )
    values = _path(
        _("Valeurs"),
        _("L’objet qui les contient ; un point pour le message entier."),
        placeholder="measures",
        whole=True,
    )
    payload = _path(
        _("Ou charge utile"),
        _("Des octets à décoder par le codec du profil, à la place de valeurs."),
        placeholder="data",
    )
    encoding = forms.ChoiceField(
        label=_("Écriture de la charge utile"),
        required=False,
        choices=[("hex", _("hexadécimal")), ("base64", "base64")],
    )
    time = _path(
        _("Heure"), _("ISO 8601, ou nombre depuis 1970. Sans elle, celle de l’arrivée."), placeholder="timestamp"
    )
    counter = _path(_("Compteur"))
    message_id = _path(_("Identifiant du message"), _("Distingue un message répété de deux messages semblables."))
    port = _path(_("Port"))
    battery = _path(_("Pile (%)"))
    gateway = _path(_("Passerelle"))
    rssi = _path(_("RSSI (dBm)"))
    snr = _path(_("SNR (dB)"))

    def __init__(self, data: Any, *, stored: Mapping[str, Any]) -> None:
        super().__init__(data, prefix="json", initial=dict(stored))

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not self.errors:
            if not given["device"] and not given["topic_level"]:
                self.add_error("device", _("Dites où est le capteur : dans le message, ou dans le sujet MQTT."))
            if bool(given["values"]) == bool(given["payload"]):
                self.add_error("values", _("Dites où sont les valeurs, ou bien la charge utile : l’un des deux."))
        return given

    def form(self) -> plain.Form:
        """Once valid."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return msgspec.convert(given, plain.Form)

    def stored(self) -> dict[str, Any]:
        stored: dict[str, Any] = msgspec.to_builtins(self.form())
        return stored


class SampleForm(forms.Form):
    """A message to be read as the source would."""

    sample = forms.CharField(
        label=_("Un message, tel que le serveur l’envoie"),
        required=False,
        max_length=LARGEST_SAMPLE,
        widget=forms.Textarea({"rows": 8, **_CODE, "class": "code code--sample"}),
    )
    topic = forms.CharField(
        label=_("Son sujet MQTT"), required=False, max_length=500, widget=forms.TextInput({**_CODE})
    )
