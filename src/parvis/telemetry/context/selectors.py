"""Reads of the present state of the city."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from parvis.foundations.organisations.models import Organisation
from parvis.kernel.sql import hot_cursor, statement
from parvis.kernel.urn import Urn
from parvis.telemetry.context.attributes import default_instance, observed_at_of, value_of
from parvis.telemetry.context.models import Entity, QueuedChange
from parvis.telemetry.context.searching import folded
from parvis.telemetry.context.values import RESULT_QUALITY


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingFilter:
    """What a list is narrowed to; empty members narrow nothing. `text` is looked for word by word."""

    text: str = ""
    type: str = ""
    area_code: str = ""
    state: int | None = None
    organisation_id: int | None = None


def entity(urn: str) -> Entity | None:
    return Entity.objects.filter(urn=urn).select_related("organisation").first()


def things(wanted: ThingFilter) -> QuerySet[Entity]:
    """By type then URN, owners included; not narrowed to anyone's rights."""
    found = Entity.objects.select_related("organisation").order_by("type", "urn")
    exact = {"type": wanted.type, "area_code": wanted.area_code, "organisation_id": wanted.organisation_id}
    found = found.filter(**{column: value for column, value in exact.items() if value})
    if wanted.state is not None:
        found = found.filter(state=wanted.state)
    if wanted.text.startswith("urn:"):
        return found.filter(urn__startswith=wanted.text)
    for word in folded(wanted.text).split():
        found = found.filter(search__contains=word)
    return found


def known_types() -> list[str]:
    """Types of which there is a thing, in order."""
    with connection.cursor() as cursor:
        cursor.execute(statement("parvis.telemetry.context", "known_types"))
        return [name for (name,) in cursor.fetchall()]


def owners() -> list[tuple[int, str]]:
    """Organisations that own a thing, by name."""
    owning = Exists(Entity.objects.filter(organisation_id=OuterRef("pk")))
    return list(Organisation.objects.filter(owning).order_by("name").values_list("pk", "name"))


class Observation(NamedTuple):
    """The present value of an attribute, and when it was observed."""

    value: Any
    at: datetime


def latest_observations(wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], Observation]:
    """Of things, by id, and attributes; without those never observed and the doubtful ones."""
    if not wanted:
        return {}
    ids, names = zip(*wanted, strict=True)
    with hot_cursor() as cursor:
        cursor.execute(
            "SELECT w.id, w.name, (e.attributes->w.name)::text FROM unnest(%s::bigint[], %s::text[]) AS w(id, name)"
            " JOIN context_entity e USING (id)",
            [list(ids), list(names)],
        )
        rows = cursor.fetchall()
    found = {}
    for id_, name, text in rows:
        attribute = None if text is None else msgspec.json.decode(text)
        at = observed_at_of(attribute)
        if at is not None and RESULT_QUALITY not in (default_instance(attribute) or {}):
            found[id_, name] = Observation(value_of(attribute), at)
    return found


def names_of(urns: Collection[str]) -> dict[str, str]:
    """The names of those of these things that exist."""
    return {one.urn: one.name for one in Entity.objects.filter(urn__in=urns).only("urn", "attributes")}


def failed_changes() -> QuerySet[QueuedChange]:
    """Changes a consumer could not handle; those given up first, then by time of the next attempt."""
    return QueuedChange.objects.filter(attempts__gt=0).order_by("-attempts", "id")


def page_of(urn: Urn) -> str | None:
    """Where agents see the thing."""
    if not Entity.objects.filter(urn=str(urn)).exists():
        return None
    return reverse("backoffice:context:entity", args=[str(urn)])
