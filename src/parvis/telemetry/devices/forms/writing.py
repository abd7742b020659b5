from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.devices.models import Codec

from .offering import offer

LARGEST_CODEC = 512 * 1024  # letters; makers' largest, with their tables, are a fifth of it
_CODE = {"class": "code", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


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
