"""Rules, changes and alarms for tests of any package."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from parvis.foundations.organisations.models import Kind, Organisation
from parvis.kernel.contributions import Change
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.tests.factories import NOW, make_entity
from parvis.telemetry.supervision.models import Alarm, Rule
from parvis.telemetry.supervision.services import evaluate

_numbers = count(1)

TYPE = "WaterLevel"
ATTRIBUTE = "level"


def make_organisation(**fields: Any) -> Organisation:
    number = next(_numbers)
    defaults = {"kind": Kind.OPERATOR, "name": f"Exploitant {number}", "short_name": f"E{number}", "slug": f"e{number}"}
    return Organisation.objects.create(**{**defaults, **fields})


def make_rule(**fields: Any) -> Rule:
    defaults: dict[str, Any] = {
        "name": f"Règle {next(_numbers)}",
        "entity_type": TYPE,
        "attribute": ATTRIBUTE,
        "operator": "gt",
        "threshold": 10,
        "deadband": 2,
        "priority": "high",
        "needs_acknowledgement": True,
        "title": "Niveau haut : {thing} à {value}",
        "meaning": "La rivière monte.",
        "operator_action": "Prévenir l’astreinte.",
        "consequence": "Le quai est inondé.",
        "response_minutes": 30,
        "subject": "water",
        "created_at": NOW,
        "modified_at": NOW,
    }
    return Rule.objects.create(**defaults | fields)


def make_thing(**fields: Any) -> Entity:
    return make_entity(
        **{"type": TYPE, "name": f"Échelle {next(_numbers)}", "longitude": 5.04, "latitude": 47.32} | fields
    )


def change(thing: Entity, value: Any, *, at: datetime, attribute: str = ATTRIBUTE) -> Change:
    return Change(
        entity_id=thing.pk,
        urn=thing.urn,
        type=thing.type,
        attribute=attribute,
        value=value,
        previous=None,
        unit_code="",
        observed_at=at,
    )


def say(thing: Entity, *values: Any, at: datetime = NOW, every: timedelta = timedelta(seconds=1)) -> datetime:
    """One evaluation per value, each at its own instant; answers the last instant."""
    for index, value in enumerate(values):
        instant = at + index * every
        evaluate(changes=[change(thing, value, at=instant)], now=instant)
    return at + (len(values) - 1) * every


def raise_alarm(
    *, thing: Entity | None = None, at: datetime = NOW, organisation: Organisation | None = None, **rule: Any
) -> Alarm:
    """An open alarm raised as in life, by a rule and for a type of thing of its own."""
    where = thing or make_thing(
        type=f"{TYPE}{next(_numbers)}", organisation_id=organisation.pk if organisation else None
    )
    made = make_rule(entity_type=where.type, **rule)
    say(where, 11, at=at)
    return Alarm.objects.get(rule=made, entity=where)
