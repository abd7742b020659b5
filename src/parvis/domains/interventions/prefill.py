"""From what an agent fills, or the alarm and the thing they come from, to an order."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.domains.interventions.reactions import PRIORITIES
from parvis.domains.interventions.values import InterventionOrder
from parvis.foundations.organisations.selectors import competent_organisation
from parvis.foundations.territory.selectors import commune_at
from parvis.kernel.errors import Refusal
from parvis.telemetry.context.models import Entity
from parvis.telemetry.supervision.models import Alarm
from parvis.telemetry.supervision.rules.alarms import Priority as AlarmPriority


class NobodyCompetent(Refusal):
    code = "intervention-nobody-competent"
    message = _("Personne n’est déclaré compétent pour ce domaine à cet endroit : choisissez l’organisation.")


def from_alarm(alarm: Alarm) -> dict[str, Any]:
    """Initial values of the form."""
    return {
        "title": alarm.title,
        "subject": alarm.subject,
        "priority": PRIORITIES[AlarmPriority(alarm.priority)],
        "description": alarm.rule.meaning,
        "longitude": alarm.longitude,
        "latitude": alarm.latitude,
        "cause": str(alarm.urn),
        "thing": alarm.entity_urn,
    }


def from_thing(thing: Entity) -> dict[str, Any]:
    """Initial values of the form."""
    return {"title": thing.name, "longitude": thing.longitude, "latitude": thing.latitude, "thing": thing.urn}


def order(data: Mapping[str, Any], *, cause_urn: str, thing_urn: str, actor: str) -> InterventionOrder:
    """From a valid `OpenForm`. Raises `NobodyCompetent`."""
    longitude, latitude = data["longitude"], data["latitude"]
    placed = longitude is not None and latitude is not None
    commune = commune_at(longitude, latitude) if placed else None
    chosen = data["organisation"]
    if chosen is None and placed:
        chosen = competent_organisation(subject=data["subject"], longitude=longitude, latitude=latitude)
    if chosen is None:
        raise NobodyCompetent
    return InterventionOrder(
        title=data["title"],
        subject=data["subject"],
        priority=data["priority"],
        description=data["description"],
        address=data["address"],
        longitude=longitude,
        latitude=latitude,
        area_code=commune.code if commune else "",
        organisation_id=chosen.pk,
        cause_urn=cause_urn,
        thing_urn=thing_urn,
        actor=actor,
    )
