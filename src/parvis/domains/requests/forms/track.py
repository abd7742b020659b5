"""Following a request by its code, and adding to it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.capabilities.design.widgets import PhotoInput
from parvis.domains.requests.forms.fields import CleanLine, CleanText
from parvis.domains.requests.rules import MAX_DESCRIPTION


class TrackForm(forms.Form):
    code = CleanLine(
        label=_("Code de suivi"),
        max_length=64,
        help_text=_("Dix caractères, par exemple 7QK2M-9XHT4. Majuscules, tirets et espaces ne comptent pas."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Saisissez le code reçu après votre signalement.")},
    )


class AdditionForm(forms.Form):
    """At least words or a photo."""

    text = CleanText(
        label=_("Votre précision"),
        required=False,
        max_length=MAX_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("Ce texte ne peut pas dépasser 4 000 caractères.")},
    )
    photo = forms.FileField(label=_("Photo"), required=False, widget=PhotoInput)

    def clean(self) -> dict[str, object]:
        data = super().clean() or self.cleaned_data
        if not data.get("text") and not data.get("photo") and not self.errors:
            self.add_error("text", _("Écrivez une précision ou ajoutez une photo."))
        return data
