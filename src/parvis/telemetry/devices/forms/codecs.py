import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.devices.importing.packages import LARGEST_CODEC
from parvis.telemetry.devices.models import Codec, Kind

from .offering import offer
from .starting import FilesField, FilesInput

_CODE = {"class": "code", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}
_LARGEST_COMMAND = 16 * 1024  # letters


class CodecForm(forms.Form):
    """A codec to write, or the next version of one, with what to try it on."""

    name = forms.SlugField(
        label=_("Nom"), max_length=80, help_text=_("Lettres sans accent, chiffres et tirets : fabricant-modele.")
    )
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=Organisation.objects.none(), required=False)
    kind = forms.ChoiceField(
        label=_("Sorte"),
        choices=Kind,
        initial=Kind.JAVASCRIPT,
        required=False,
        help_text=_("Cayenne LPP est compris de Parvis : il n’a pas de programme."),
    )
    source = forms.CharField(
        label=_("Programme JavaScript"),
        max_length=LARGEST_CODEC,
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 22, **_CODE}),
        help_text=_(
            "Une fonction decodeUplink(input) (TS013), Decode(fPort, bytes) ou Decoder(bytes, port) ; encodeDownlink(input)"
            " pour les commandes."
        ),
    )
    sample = forms.CharField(
        label=_("Charge utile d’essai (hexadécimal)"),
        required=False,
        max_length=1024,
        widget=forms.TextInput(_CODE),
    )
    sample_port = forms.IntegerField(label=_("Port d’essai"), min_value=0, max_value=255, initial=1)
    command = forms.CharField(
        label=_("Commande d’essai (JSON)"),
        required=False,
        max_length=_LARGEST_COMMAND,
        widget=forms.Textarea({"rows": 3, **_CODE}),
        help_text=_('Ce que la ville demande au capteur, par exemple {"period": 15}.'),
    )

    def __init__(
        self, *args: Any, codec: Codec | None, organisations: QuerySet[Organisation], everywhere: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._codec = codec
        if codec is not None:  # the next version of the same codec
            for name in ("name", "organisation", "kind"):
                del self.fields[name]
            if codec.kind != Kind.JAVASCRIPT:
                del self.fields["source"]
                del self.fields["command"]
            else:
                self.fields["source"].required = True
        else:
            offer(self, "organisation", organisations, required=not everywhere)

    @property
    def chosen_kind(self) -> str:
        """Once valid."""
        return self._codec.kind if self._codec else str(self.cleaned_data["kind"])

    @property
    def program(self) -> str:
        """Once valid; what is built in has none."""
        return str(self.cleaned_data.get("source", "")) if self.chosen_kind == Kind.JAVASCRIPT else ""

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or Kind.JAVASCRIPT

    def clean_source(self) -> str:
        """Browsers send a line's end as two letters: unchanged, it would be another text."""
        return str(self.cleaned_data["source"]).replace("\r\n", "\n")

    def clean_sample(self) -> bytes:
        try:
            return bytes.fromhex(self.cleaned_data["sample"])
        except ValueError as error:
            raise ValidationError(_("Des chiffres hexadécimaux, deux par octet.")) from error

    def clean_command(self) -> dict[str, Any] | None:
        text = self.cleaned_data["command"].strip()
        if not text:
            return None
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("Un objet JSON, entre accolades.")) from error
        if not isinstance(value, dict):
            raise ValidationError(_("Un objet JSON, entre accolades."))
        return value

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        needs_program = "source" in self.fields and (self._codec or given.get("kind") == Kind.JAVASCRIPT)
        if needs_program and not given.get("source", "").strip() and "source" not in self.errors:
            self.add_error("source", _("Collez le programme du fabricant."))
        return given


class ImportForm(forms.Form):
    uploads = FilesField(
        label=_("Fichiers du fabricant"),
        widget=FilesInput({"accept": ".js,.zip,.yaml,.yml,.toml,.json"}),
        help_text=_(
            "Un programme .js seul, ou avec ses exemples : le dossier du fabricant dans le dépôt de The Things Network ou dans"
            " celui de ChirpStack, en .zip, ou les fichiers de l’un d’eux choisis ensemble."
        ),
    )
    name = forms.SlugField(
        label=_("Nom du codec"),
        max_length=80,
        required=False,
        help_text=_("Sinon il suit les fichiers : fabricant-modele. S’il y en a plusieurs, celui qui porte ce nom."),
    )
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=Organisation.objects.none(), required=False)

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], everywhere: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "organisation", organisations, required=not everywhere)


class ReplayForm(forms.Form):
    """Of the uplinks of a codec."""

    since = forms.DateField(
        label=_("Reçues depuis le"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Sinon, toutes celles qui sont gardées : trente jours."),
    )
    accepted_too = forms.BooleanField(
        label=_("Aussi celles qui avaient été acceptées"),
        required=False,
        help_text=_("Leurs mesures sont remplacées par ce que lit la version en service."),
    )
