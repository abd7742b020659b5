"""How the journal is searched."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit.selectors import Filter


class JournalForm(forms.Form):
    actor = forms.CharField(
        label=_("Auteur"), required=False, max_length=300, help_text=_("URN de la personne ou du programme.")
    )
    action = forms.CharField(
        label=_("Action"), required=False, max_length=100, help_text=_("Code, ou son début : request.")
    )
    urn = forms.CharField(label=_("Objet"), required=False, max_length=500, help_text=_("URN de ce qui est concerné."))
    organisation = forms.CharField(label=_("Organisation"), required=False, max_length=60)
    since = forms.DateField(
        label=_("Du"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("Au"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            raise ValidationError(_("La première date vient après la seconde."))
        return data

    def wanted(self) -> Filter:
        """Call it once the form is valid."""
        return Filter(**self.cleaned_data)
