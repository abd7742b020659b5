"""How the journal is searched."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit.selectors import Filter

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
"""Beyond, a day has no neighbour or no midnight in UTC."""


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class JournalForm(forms.Form):
    actor = forms.CharField(
        label=_("Auteur"), required=False, max_length=300, help_text=_("URN de la personne ou du programme.")
    )
    action = forms.CharField(
        label=_("Action"), required=False, max_length=100, help_text=_("Code, ou son début : request.")
    )
    urn = forms.CharField(label=_("Objet"), required=False, max_length=500, help_text=_("URN de ce qui est concerné."))
    organisation = forms.CharField(label=_("Organisation"), required=False, max_length=60)
    since = _day(_("Du"))
    until = _day(_("Au"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            raise ValidationError(_("La première date vient après la seconde."))
        return data

    def wanted(self) -> Filter:
        """Call it once the form is valid."""
        return Filter(**self.cleaned_data)
