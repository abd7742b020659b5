import json
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.devices.models import DownlinkStatus
from parvis.telemetry.devices.rules.airtime import LARGEST_PAYLOAD
from parvis.telemetry.devices.rules.handover import DEFAULT_EXPIRY, LONGEST_EXPIRY

_TYPED = {"spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}
_HOUR = timedelta(hours=1)


class DownlinkForm(forms.Form):
    """A command for the codec, or bytes; one of them."""

    command = forms.CharField(
        label=_("Commande (JSON)"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea({"rows": 4, **_TYPED}),
        help_text=_('Un objet que le codec du profil sait coder, par exemple {"valve": "open"}.'),
    )
    payload = forms.CharField(
        label=_("ou charge utile (hexadécimal)"),
        required=False,
        max_length=LARGEST_PAYLOAD * 3,
        widget=forms.TextInput(_TYPED),
    )
    f_port = forms.IntegerField(
        label=_("Port"),
        required=False,
        min_value=1,
        max_value=223,
        help_text=_("Facultatif avec une commande : le codec le donne."),
    )
    confirmed = forms.BooleanField(label=_("Demander un acquittement au capteur"), required=False)
    expires_in_h = forms.IntegerField(
        label=_("Expire après (heures)"),
        min_value=1,
        max_value=LONGEST_EXPIRY // _HOUR,
        initial=DEFAULT_EXPIRY // _HOUR,
    )

    def __init__(self, *args: Any, has_codec: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_codec:
            del self.fields["command"]
            self.fields["payload"].label = _("Charge utile (hexadécimal)")
            self.fields["f_port"].help_text = ""

    def clean_command(self) -> dict[str, Any] | None:
        text = self.cleaned_data["command"].strip()
        if not text:
            return None
        try:
            command = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("Ce n’est pas du JSON : %(error)s") % {"error": str(error)[:200]}) from error
        if not isinstance(command, dict):
            raise ValidationError(_("Un objet JSON est attendu, entre accolades."))
        return command

    def clean_payload(self) -> bytes | None:
        try:
            return bytes.fromhex(self.cleaned_data["payload"]) or None
        except ValueError as error:
            raise ValidationError(_("Des chiffres hexadécimaux, deux par octet.")) from error

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if self.errors:
            return given
        if (given.get("command") is None) == (given.get("payload") is None):
            raise ValidationError(_("Donnez une commande ou une charge utile, l’une des deux."))
        if given.get("payload") is not None and given.get("f_port") is None:
            self.add_error("f_port", _("Donnez le port."))
        return given

    def asked(self) -> dict[str, Any]:
        """Once valid: what `ask_downlink` takes."""
        given = self.cleaned_data
        return {
            "command": given.get("command"),
            "payload": given["payload"],
            "f_port": given["f_port"],
            "confirmed": given["confirmed"],
            "expires_in": given["expires_in_h"] * _HOUR,
        }


class DownlinkFilterForm(forms.Form):
    state = forms.ChoiceField(
        label=_("État"), required=False, choices=[("", _("Tous")), *((one.value, one.label) for one in DownlinkStatus)]
    )

    def wanted(self) -> str:
        """From the address; what makes no sense narrows nothing."""
        self.is_valid()
        return str(self.cleaned_data.get("state", ""))


class DownlinkAccessForm(forms.Form):
    url = forms.URLField(
        label=_("Adresse de l’API du serveur de réseau"),
        required=False,
        max_length=200,
        assume_scheme="https",
        help_text=_("Vide : par le courtier MQTT de la ville."),
    )
    key = forms.CharField(
        label=_("Clé d’API"),
        required=False,
        max_length=2000,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_(
            "Elle n’est jamais montrée. Vide : celle d’aujourd’hui est gardée, sauf si l’adresse change de serveur."
        ),
    )

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if url and not url.startswith(("https://", "http://")):
            raise ValidationError(_("L’adresse commence par https:// ou http://."))
        return url

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if any(not 32 < ord(letter) < 127 for letter in key):
            raise ValidationError(_("Une clé n’a ni espace ni lettre accentuée."))
        return key
