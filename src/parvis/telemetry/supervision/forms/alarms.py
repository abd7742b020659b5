"""Filtering the list of alarms, and answering them."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.rules import Subject
from parvis.foundations.territory.selectors import communes
from parvis.telemetry.supervision.models import Alarm
from parvis.telemetry.supervision.models.alarm import AlarmQuerySet
from parvis.telemetry.supervision.rules.alarms import Priority, State


class Which(TextChoices):
    OPEN = "open", _("ouvertes")
    UNACKNOWLEDGED = "unacknowledged", _("à acquitter")
    STALE = "stale", _("ouvertes depuis plus de 24 h")
    CLOSED = "closed", _("closes")
    ALL = "all", _("toutes")


def _any(label: str | Promise) -> list[tuple[str, str | Promise]]:
    return [("", label)]


class AlarmFilter(forms.Form):
    """An unknown value is left out: a filter in a shared link must not become an error page."""

    q = forms.CharField(
        label=_("Rechercher"), required=False, max_length=100, widget=forms.TextInput({"type": "search"})
    )
    state = forms.ChoiceField(label=_("État"), required=False, choices=Which)
    priority = forms.ChoiceField(label=_("Priorité"), required=False, choices=[*_any(_("toutes")), *Priority.choices])
    subject = forms.ChoiceField(label=_("Domaine"), required=False, choices=[*_any(_("tous")), *Subject.choices])
    area = forms.ChoiceField(label=_("Commune"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        area = self.fields["area"]
        assert isinstance(area, forms.ChoiceField)
        area.choices = [*_any(_("toutes")), *communes().values_list("code", "name")]

    def apply(self, alarms: AlarmQuerySet, now: datetime) -> AlarmQuerySet:
        self.is_valid()
        chosen: dict[str, str] = {name: value for name, value in self.cleaned_data.items() if value}
        found = _which(alarms, Which(chosen.get("state", Which.OPEN)), now)
        if text := chosen.get("q"):
            found = found.filter(title__icontains=text) | found.filter(entity_urn__icontains=text)
        exact = {"priority": "priority", "subject": "subject", "area": "area_code"}
        return found.filter(**{field: chosen[name] for name, field in exact.items() if name in chosen})


def _which(alarms: AlarmQuerySet, which: Which, now: datetime) -> AlarmQuerySet:
    match which:
        case Which.OPEN:
            return alarms.open()
        case Which.UNACKNOWLEDGED:
            return alarms.unacknowledged()
        case Which.STALE:
            return alarms.stale(now)
        case Which.CLOSED:
            return alarms.filter(state=State.CLOSED)
        case Which.ALL:
            return alarms


class AcknowledgeForm(forms.Form):
    comment = forms.CharField(
        label=_("Commentaire"),
        required=False,
        max_length=1000,
        help_text=_("Ce que vous avez constaté ou décidé, pour l’équipe suivante."),
        widget=forms.Textarea({"rows": 2}),
    )


class AcknowledgeManyForm(AcknowledgeForm):
    """`alarms` are narrowed to those the person may acknowledge before anything is looked up."""

    alarms = forms.ModelMultipleChoiceField(
        queryset=Alarm.objects.none(), error_messages={"required": _("Choisissez au moins une alarme.")}
    )

    def __init__(self, data: Any, *, allowed: AlarmQuerySet) -> None:
        super().__init__(data)
        alarms = self.fields["alarms"]
        assert isinstance(alarms, forms.ModelMultipleChoiceField)
        alarms.queryset = allowed
