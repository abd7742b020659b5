"""Filters of the agents' list, kept in the address of the page so that a view can be bookmarked and sent."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.domains.requests.forms.fields import CleanLine
from parvis.domains.requests.models import Category
from parvis.domains.requests.rules import Channel, State
from parvis.foundations.organisations.models import Organisation

STATES = [
    ("", _("Tous les états")),
    ("open", _("En cours (tous)")),
    ("attention", _("À revoir")),
    *State.choices,
]
SORTS = [
    ("newest", _("Les plus récents")),
    ("oldest", _("Les plus anciens")),
    ("urgent", _("À traiter d’abord")),
    ("changed", _("Modifiés récemment")),
]


class DeskSearchForm(forms.Form):
    q = CleanLine(
        label=_("Téléphone, numéro, adresse ou mots"),
        max_length=100,
        help_text=_("Par exemple : 06 12 34 56 78, S-2026-000123, rue de la Liberté, lampadaire."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "autofocus": True}),
        error_messages={"required": _("Saisissez ce que dit la personne : son téléphone, un numéro, une rue, un mot.")},
    )


class FilterForm(forms.Form):
    q = CleanLine(
        label=_("Rechercher"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    state = forms.ChoiceField(label=_("État"), choices=STATES, required=False)
    category = forms.ModelChoiceField(
        label=_("Catégorie"), queryset=Category.objects.all(), required=False, empty_label=_("Toutes")
    )
    commune = forms.ChoiceField(label=_("Commune"), required=False)
    organisation = forms.ModelChoiceField(
        label=_("Organisme"), queryset=Organisation.objects.none(), required=False, empty_label=_("Tous")
    )
    channel = forms.ChoiceField(label=_("Canal"), choices=[("", _("Tous")), *Channel.choices], required=False)
    since = forms.DateField(
        label=_("Reçu depuis le"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("jusqu’au"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    sort = forms.ChoiceField(label=_("Trier"), choices=SORTS, required=False)

    communes: dict[str, str]

    def __init__(
        self, *args: Any, communes: dict[str, str], organisations: frozenset[int] | None, **kwargs: Any
    ) -> None:
        """`organisations` (ids; None = all) are those the agent may see."""
        super().__init__(*args, **kwargs)
        self.communes = communes
        self.fields["commune"].choices = [("", _("Toutes")), *communes.items()]  # type: ignore[attr-defined]
        choices = Organisation.objects.order_by("name")
        reachable = choices if organisations is None else choices.filter(pk__in=organisations)
        self.fields["organisation"].queryset = reachable  # type: ignore[attr-defined]

    @property
    def kept(self) -> dict[str, Any]:
        """What was understood; a value that was not is left out, and shown beside its field."""
        self.full_clean()
        return self.cleaned_data
