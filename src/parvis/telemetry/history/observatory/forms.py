"""Asking a question of the history, in words of the city."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.foundations.territory.selectors import communes
from parvis.telemetry.history.observatory.catalogue import Choice
from parvis.telemetry.history.observatory.questions import Group, Kind, Period, Question, QuestionRefused, Step, check

KINDS = {
    Kind.MEAN: _("Moyenne, plus petite et plus grande valeur"),
    Kind.PERCENTILES: _("Répartition des valeurs (percentiles)"),
    Kind.ABOVE: _("Part du temps au-dessus d’un seuil"),
    Kind.COMPARE: _("Comparaison de deux périodes"),
}

STEPS = {
    Step.WHOLE: _("toute la période"),
    Step.HOUR: _("heure par heure"),
    Step.DAY: _("jour par jour"),
    Step.MONTH: _("mois par mois"),
    Step.HOUR_OF_DAY: _("heure de la journée"),
}

GROUPS = {Group.TYPE: _("par type d’objet"), Group.COMMUNE: _("par commune")}

_DATE = {"type": "date"}


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


class QuestionForm(forms.Form):
    kind = forms.ChoiceField(label=_("Question"), choices=[(kind.value, label) for kind, label in KINDS.items()])
    attribute = forms.ChoiceField(label=_("Mesure"))
    entity_type = forms.ChoiceField(label=_("Type d’objet"), required=False)
    commune = forms.ChoiceField(label=_("Commune"), required=False)
    first_day = _day(_("Du"))
    last_day = _day(_("au (inclus)"))
    step = forms.ChoiceField(label=_("Découpage"), choices=[(step.value, label) for step, label in STEPS.items()])
    groups = forms.MultipleChoiceField(
        label=_("Distinguer"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(group.value, label) for group, label in GROUPS.items()],
    )
    threshold = forms.FloatField(
        label=_("Seuil"), required=False, localize=True, help_text=_("Pour la part du temps au-dessus d’un seuil.")
    )
    other_day = _day(
        _("Premier jour de l’autre période"),
        required=False,
        help_text=_("Pour une comparaison : l’autre période dure autant que la première."),
    )

    def __init__(
        self, data: Any, *, choices: list[Choice], last_day: date, within: frozenset[str] | None = None
    ) -> None:
        """`within`: the areas whose history may be asked; None: all."""
        self.within = within
        first = {"first_day": last_day - timedelta(days=29), "last_day": last_day, "step": Step.DAY}
        super().__init__(data, initial=first | {"groups": [Group.TYPE]})
        self._fill("attribute", [(one.attribute, _labelled(one)) for one in choices])
        types = dict(pair for one in choices for pair in one.types)
        self._fill("entity_type", [("", _("tous")), *sorted(types.items(), key=lambda pair: pair[1].casefold())])
        asked = communes() if within is None else communes().filter(code__in=within)
        everywhere = _("toutes") if within is None else _("toutes celles de votre périmètre")
        self._fill("commune", [("", everywhere), *((area.code, area.name) for area in asked)])

    def _fill(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                check(self.question())
            except QuestionRefused as refusal:
                self.add_error(None, str(refusal))
        return self.cleaned_data

    def question(self) -> Question:
        """Only of a valid form."""
        given = self.cleaned_data
        period = Period(first_day=given["first_day"], last_day=given["last_day"])
        return Question(
            kind=Kind(given["kind"]),
            attribute=given["attribute"],
            period=period,
            entity_type=given["entity_type"],
            commune=given["commune"],
            within=self.within,
            step=Step(given["step"]),
            groups=tuple(map(Group, given["groups"])),
            threshold=given["threshold"],
            other=period.starting(given["other_day"]) if given["other_day"] else None,
        )


def _labelled(choice: Choice) -> str:
    return f"{choice.label} ({', '.join(label for _name, label in choice.types)})"
