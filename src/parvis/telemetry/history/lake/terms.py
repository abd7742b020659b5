"""How long each attribute of each type is kept, and what that means for a day of the past."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.selectors import setting
from parvis.telemetry.history.lake.engine import literal
from parvis.telemetry.history.lake.models import KeepRule
from parvis.telemetry.history.rules import day_of

KEEP_DAYS = 400

LEAST_DAYS = 30
"""A city cannot ask for less for everything: charts show thirty days. A rule for one attribute may."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The first day that is kept: of an attribute of a type, of an attribute, of a type, of the rest."""

    today: date
    rest: int
    rules: dict[tuple[str, str], int]

    def first_day(self, entity_type: str, attribute: str) -> date:
        for key in ((entity_type, attribute), ("", attribute), (entity_type, "")):
            if key in self.rules:
                return self._before(self.rules[key])
        return self._before(self.rest)

    @property
    def oldest(self) -> date:
        """Before this day nothing is kept."""
        return self._before(max(self.rest, *self.rules.values()) if self.rules else self.rest)

    @property
    def shortest(self) -> date:
        """From this day on everything is kept."""
        return self._before(min(self.rest, *self.rules.values()) if self.rules else self.rest)

    def condition(self) -> str:
        """In the SQL of DuckDB, on a line with its `type`, `attribute` and `observed_at`: that it is kept."""
        named = sorted(self.rules, key=lambda key: (key[1] == "", key[0] == ""))
        cases = " ".join(f"WHEN {_applies(*key)} THEN {_instant(self._before(self.rules[key]))}" for key in named)
        limit = _instant(self._before(self.rest))
        return f"observed_at >= CASE {cases} ELSE {limit} END" if cases else f"observed_at >= {limit}"

    def _before(self, days: int) -> date:
        return self.today - timedelta(days=days)


def _applies(entity_type: str, attribute: str) -> str:
    said = (("type", entity_type), ("attribute", attribute))
    return " AND ".join(f"{column} = {literal(value)}" for column, value in said if value)


def _instant(day: date) -> str:
    return f"TIMESTAMPTZ '{day.isoformat()} 00:00:00+00'"


def terms(now: datetime, rules: Iterable[KeepRule] | None = None) -> Terms:
    """By the rules of the table and the `history.keep_days` setting of the metropolis."""
    metropolis = Organisation.objects.main()
    rest = KEEP_DAYS if metropolis is None else int(setting(metropolis, "history.keep_days"))
    found = KeepRule.objects.all() if rules is None else rules
    return Terms(
        today=day_of(now),
        rest=max(rest, LEAST_DAYS),
        rules={(rule.entity_type, rule.attribute): rule.keep_days for rule in found},
    )
