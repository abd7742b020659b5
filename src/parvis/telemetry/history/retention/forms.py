"""Saying how long a measure is kept."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.history.lake.models import KeepRule
from parvis.telemetry.history.retention.presenting import Choices

MOST_DAYS = 36_500


class TermForm(forms.Form):
    """Of a new rule; of one there is, `DaysForm`."""

    entity_type = forms.ChoiceField(label=_("Type d’objet"), required=False)
    attribute = forms.ChoiceField(label=_("Mesure"), required=False)
    keep_days = forms.IntegerField(
        label=_("Durée de conservation (jours)"),
        min_value=1,
        max_value=MOST_DAYS,
        help_text=_("Ce qui est plus ancien est supprimé pour toujours dans les heures qui suivent."),
    )

    def __init__(self, data: Any, *, choices: Choices) -> None:
        super().__init__(data)
        for name, label, pairs in (
            ("entity_type", _("tous les types"), choices.types),
            ("attribute", _("toutes les mesures"), choices.attributes),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", label), *pairs]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if self.errors:
            return given
        if not given["entity_type"] and not given["attribute"]:
            raise ValidationError(_("Choisissez un type, une mesure, ou les deux : le reste suit le réglage général."))
        if KeepRule.objects.filter(entity_type=given["entity_type"], attribute=given["attribute"]).exists():
            raise ValidationError(_("Une durée est déjà fixée pour ce choix : modifiez-la dans la liste."))
        return given


class DaysForm(forms.Form):
    keep_days = TermForm.base_fields["keep_days"]
