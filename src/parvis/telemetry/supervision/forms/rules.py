"""Writing a rule: what is measured, when it is abnormal, and what the operator then reads."""

import math
from collections import defaultdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.rules import Subject
from parvis.telemetry.context.states import entity_types
from parvis.telemetry.supervision.models import Rule
from parvis.telemetry.supervision.rules import titles
from parvis.telemetry.supervision.rules.alarms import Priority
from parvis.telemetry.supervision.rules.conditions import ORDERING, Operator, Threshold
from parvis.telemetry.supervision.services import RuleDraft

BOOLEANS = dict.fromkeys(("oui", "vrai", "yes", "true"), True) | dict.fromkeys(("non", "faux", "no", "false"), False)

_LONG = forms.Textarea({"rows": 2})


class RuleForm(forms.Form):
    name = forms.CharField(label=_("Nom de la règle"), max_length=120)
    measure = forms.ChoiceField(label=_("Mesure surveillée"))
    operator = forms.ChoiceField(label=_("Alerter quand la mesure est"), choices=Operator)
    threshold = forms.CharField(
        label=_("Seuil"), max_length=80, help_text=_("Un nombre, un mot exact, ou bien « oui » ou « non ».")
    )
    deadband = forms.FloatField(
        label=_("Bande morte"),
        min_value=0,
        initial=0,
        localize=True,
        help_text=_("De combien la mesure doit revenir en deçà du seuil pour que l’alarme cesse."),
    )
    on_delay_s = forms.IntegerField(
        label=_("Délai avant alarme (secondes)"),
        min_value=0,
        max_value=604_800,
        initial=0,
        help_text=_("L’anomalie doit durer autant : ce qui est fugitif ne dérange personne."),
    )
    off_delay_s = forms.IntegerField(
        label=_("Délai avant retour à la normale (secondes)"), min_value=0, max_value=604_800, initial=0
    )
    priority = forms.ChoiceField(
        label=_("Priorité"),
        choices=Priority,
        initial=Priority.LOW,
        help_text=_("À viser : 80 % d’alarmes basses, 15 % moyennes, 5 % hautes."),
    )
    needs_acknowledgement = forms.BooleanField(
        label=_("Reste ouverte tant que personne ne l’a acquittée"), required=False
    )
    title = forms.CharField(
        label=_("Titre de l’alarme"),
        max_length=200,
        initial="{thing} : {value} {unit}",
        help_text=_("Peut contenir {thing}, {value}, {threshold}, {unit} et {attribute}."),
    )
    meaning = forms.CharField(label=_("Ce que cela veut dire"), widget=_LONG, max_length=2000)
    operator_action = forms.CharField(
        label=_("Ce que l’opérateur doit faire"),
        widget=_LONG,
        max_length=2000,
        help_text=_("S’il n’y a rien à faire, ce n’est pas une alarme."),
    )
    consequence = forms.CharField(label=_("Ce qui arrive sinon"), widget=_LONG, max_length=2000)
    response_minutes = forms.IntegerField(label=_("Temps pour agir (minutes)"), min_value=1, max_value=100_000)
    subject = forms.ChoiceField(label=_("Domaine"), choices=Subject)
    opens_intervention = forms.BooleanField(
        label=_("Ouvrir une intervention dès que l’alarme est levée"), required=False
    )
    organisation = forms.ModelChoiceField(
        label=_("Pour les équipements de"),
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=_("toutes les organisations"),
    )

    def __init__(
        self, data: Any = None, *, organisations: Any, everywhere: bool = True, rule: Rule | None = None
    ) -> None:
        super().__init__(data, initial=_initial(rule) if rule else None)
        measure, organisation = self.fields["measure"], self.fields["organisation"]
        assert isinstance(measure, forms.ChoiceField)
        assert isinstance(organisation, forms.ModelChoiceField)
        measure.choices = measures(rule)
        organisation.queryset = organisations
        organisation.required = not everywhere
        if not everywhere:
            organisation.empty_label = None

    def clean_threshold(self) -> Threshold:
        text: str = self.cleaned_data["threshold"].strip()
        try:
            number = float(text.replace(",", ".").replace("\u202f", "").replace(" ", ""))
        except ValueError:
            return self._other(text)
        if not math.isfinite(number):
            raise ValidationError(_("Écrivez un nombre fini."))
        return number

    def _other(self, text: str) -> Threshold:
        if self.cleaned_data.get("operator") in ORDERING:
            raise ValidationError(_("Cette comparaison demande un nombre."))
        return BOOLEANS.get(text.lower(), text)

    def clean_title(self) -> str:
        title: str = self.cleaned_data["title"]
        try:
            titles.check_template(title)
        except titles.UnknownPlace as refusal:
            raise ValidationError(str(refusal)) from None
        return title

    def draft(self) -> RuleDraft:
        """Only of a valid form."""
        values = dict(self.cleaned_data)
        entity_type, _dot, attribute = values.pop("measure").partition(".")
        organisation = values.pop("organisation")
        return RuleDraft(
            entity_type=entity_type,
            attribute=attribute,
            organisation_id=organisation.pk if organisation else None,
            **values,
        )


def measures(rule: Rule | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """`Type.attribute` grouped by type, as the packages declare them, and what the rule already looks at."""
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind in sorted(entity_types().values(), key=lambda one: str(one.plural)):
        groups[str(kind.plural)] = [(f"{kind.name}.{spec.name}", str(spec.label)) for spec in kind.attributes]
    if rule is not None:
        known = f"{rule.entity_type}.{rule.attribute}"
        if known not in {value for group in groups.values() for value, _label in group}:
            groups[rule.entity_type].append((known, rule.attribute))
    return list(groups.items())


def _initial(rule: Rule) -> dict[str, Any]:
    names = [name for name in RuleForm.base_fields if name not in ("measure", "organisation", "threshold")]
    return {name: getattr(rule, name) for name in names} | {
        "measure": f"{rule.entity_type}.{rule.attribute}",
        "organisation": rule.organisation_id,
        "threshold": titles.spoken(rule.threshold),
    }
