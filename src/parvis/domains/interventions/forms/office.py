"""Filtering, opening, assigning and taking back, by those who organise the work."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.domains.interventions.models.intervention import InterventionQuerySet
from parvis.domains.interventions.rules import OPEN_STATES, Priority, State
from parvis.foundations.organisations.models import Organisation, Team
from parvis.foundations.organisations.rules import Subject
from parvis.foundations.territory.selectors import communes


class Which(TextChoices):
    TO_DO = "to_do", _("non terminées")
    OVERDUE = "overdue", _("en retard")
    ALL = "all", _("toutes")


def _any(label: str | Promise) -> list[tuple[str, str | Promise]]:
    return [("", label)]


class InterventionFilter(forms.Form):
    """An unknown value is left out: a filter in a shared link must not become an error page."""

    q = forms.CharField(
        label=_("Numéro, objet ou adresse"), required=False, max_length=100, widget=forms.TextInput({"type": "search"})
    )
    state = forms.ChoiceField(label=_("État"), required=False, choices=[*Which.choices, *State.choices])
    priority = forms.ChoiceField(label=_("Priorité"), required=False, choices=[*_any(_("toutes")), *Priority.choices])
    subject = forms.ChoiceField(label=_("Domaine"), required=False, choices=[*_any(_("tous")), *Subject.choices])
    area = forms.ChoiceField(label=_("Commune"), required=False)
    team = forms.ModelChoiceField(
        label=_("Équipe"), required=False, queryset=Team.objects.none(), empty_label=_("toutes")
    )

    def __init__(self, data: Any, *, teams: QuerySet[Team]) -> None:
        super().__init__(data)
        area, team = self.fields["area"], self.fields["team"]
        assert isinstance(area, forms.ChoiceField)
        assert isinstance(team, forms.ModelChoiceField)
        area.choices = [*_any(_("toutes")), *communes().values_list("code", "name")]
        team.queryset = teams

    def apply(self, found: InterventionQuerySet, now: datetime) -> InterventionQuerySet:
        self.is_valid()
        chosen: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if value}
        found = _which(found, chosen.get("state", Which.TO_DO), now)
        if text := chosen.get("q"):
            found = found.filter(Q(number__icontains=text) | Q(title__icontains=text) | Q(address__icontains=text))
        exact = {"priority": "priority", "subject": "subject", "area": "area_code", "team": "team"}
        return found.filter(**{field: chosen[name] for name, field in exact.items() if name in chosen})


def _which(found: InterventionQuerySet, state: str, now: datetime) -> InterventionQuerySet:
    match state:
        case Which.TO_DO:
            return found.filter(state__in=OPEN_STATES)
        case Which.OVERDUE:
            return found.overdue(now)
        case Which.ALL:
            return found
        case _:
            return found.filter(state=state)


class OpenForm(forms.Form):
    """By hand. The organisation follows from the place and the subject, unless one is chosen."""

    title = forms.CharField(label=_("Objet"), max_length=200)
    subject = forms.ChoiceField(label=_("Domaine"), choices=Subject)
    priority = forms.ChoiceField(label=_("Priorité"), choices=Priority, initial=Priority.NORMAL)
    description = forms.CharField(
        label=_("Ce qu’il y a à faire"), required=False, max_length=4000, widget=forms.Textarea({"rows": 4})
    )
    address = forms.CharField(label=_("Adresse ou repère"), required=False, max_length=250)
    longitude = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    organisation = forms.ModelChoiceField(
        label=_("Organisation chargée"),
        required=False,
        queryset=Organisation.objects.none(),
        empty_label=_("celle qui est compétente à cet endroit"),
    )
    cause = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)
    thing = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)
    nonce = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], **more: Any) -> None:
        super().__init__(*args, **more)
        organisation = self.fields["organisation"]
        assert isinstance(organisation, forms.ModelChoiceField)
        organisation.queryset = organisations

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        placed = data.get("longitude") is not None and data.get("latitude") is not None
        if not placed:
            data["longitude"] = data["latitude"] = None
            if not data.get("address") and "address" not in self.errors:
                self.add_error("address", _("Dites où : placez le point sur la carte ou écrivez une adresse."))
        return data


class AssignForm(forms.Form):
    team = forms.ModelChoiceField(
        label=_("Équipe"), queryset=Team.objects.none(), empty_label=_("Choisissez une équipe")
    )

    def __init__(self, data: Any = None, *, teams: QuerySet[Team]) -> None:
        super().__init__(data)
        team = self.fields["team"]
        assert isinstance(team, forms.ModelChoiceField)
        team.queryset = teams


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Raison"), max_length=1000, widget=forms.Textarea({"rows": 2}))
