"""What may be asked of the history, in plain values."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from parvis.kernel.errors import Refusal


class Kind(StrEnum):
    MEAN = "mean"
    PERCENTILES = "percentiles"
    ABOVE = "above"
    COMPARE = "compare"


class Step(StrEnum):
    """Into what the period is cut. Days, months and hours of the day are those of the city's clock."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    HOUR_OF_DAY = "hour-of-day"
    WHOLE = "whole"


class Group(StrEnum):
    TYPE = "type"
    COMMUNE = "commune"


@dataclass(frozen=True, kw_only=True)
class Period:
    """Both days included, from midnight to midnight by the city's clock."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    def starting(self, day: date) -> "Period":
        """As many days from this one on."""
        return Period(first_day=day, last_day=day + timedelta(days=self.days - 1))


class QuestionRefused(Refusal):
    """The question cannot be asked: its words say why."""

    code = "question"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Of the numbers of an attribute. An empty type or commune stands for all, within the areas of `within` (codes; None: no limit).

    `threshold`: for ABOVE; a value counts until the next one of the same thing, two hours at most. `other`: the period COMPARE
    compares with.
    """

    kind: Kind
    attribute: str
    period: Period
    entity_type: str = ""
    commune: str = ""
    within: frozenset[str] | None = None
    step: Step = Step.WHOLE
    groups: tuple[Group, ...] = field(default=())
    threshold: float | None = None
    other: Period | None = None


MOST_DAYS = 3700


def check(question: Question) -> None:
    """Raises QuestionRefused for what has no sense."""
    for period in (question.period, *([question.other] if question.other else [])):
        if period.days < 1:
            raise QuestionRefused(_("La période finit avant de commencer."))
        if period.days > MOST_DAYS:
            raise QuestionRefused(_("La période dépasse dix ans."))
    if question.kind is Kind.ABOVE and question.threshold is None:
        raise QuestionRefused(_("Un seuil est nécessaire."))
    if question.kind is Kind.COMPARE and question.other is None:
        raise QuestionRefused(_("Une seconde période est nécessaire."))
    if question.kind is Kind.COMPARE and question.step not in (Step.WHOLE, Step.HOUR_OF_DAY):
        raise QuestionRefused(_("Deux périodes se comparent en entier ou par heure de la journée."))
    if question.step is Step.HOUR and question.period.days > 400:
        raise QuestionRefused(_("Heure par heure, la période ne dépasse pas 400 jours."))
