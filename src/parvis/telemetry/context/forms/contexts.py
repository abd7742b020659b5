from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.context.jsonld.core import is_core
from parvis.telemetry.context.jsonld.fetching import MOST_BYTES
from parvis.telemetry.context.jsonld.places import is_here


class LoadContextForm(forms.Form):
    url = forms.URLField(
        label=_("Adresse"),
        max_length=1000,
        assume_scheme="https",
        help_text=_(
            "Celle par laquelle les programmes nomment le contexte, par exemple "
            "https://smart-data-models.github.io/dataModel.Parking/context.jsonld"
        ),
    )
    document = forms.FileField(
        label=_("Document"),
        help_text=_("Un fichier JSON qui contient « @context », d’un mégaoctet au plus."),
        widget=forms.FileInput({"accept": ".json,.jsonld,application/json,application/ld+json"}),
    )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValidationError(_("L’adresse commence par http:// ou https://."))
        if is_core(url) or is_here(url):
            raise ValidationError(_("Ce contexte est fourni par Parvis : il ne se remplace pas."))
        return url

    def clean_document(self) -> "UploadedFile[Any]":
        document: UploadedFile[Any] = self.cleaned_data["document"]
        if document.size is None or document.size > MOST_BYTES:
            raise ValidationError(_("Le fichier dépasse un mégaoctet."))
        return document
