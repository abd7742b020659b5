"""Readings become the present state of things, and changes for those who follow them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from parvis.kernel.contributions import Change
from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.attributes import default_instance, observed, observed_at_of, value_of
from parvis.telemetry.context.models import CITY
from parvis.telemetry.context.places import area_code_at, place_of
from parvis.telemetry.context.states import state_code
from parvis.telemetry.context.store.following import Followers
from parvis.telemetry.context.store.rows import box_of
from parvis.telemetry.context.subscriptions.observing import Observed, on_observed
from parvis.telemetry.context.values import Reading
from parvis.telemetry.context.waking import payloads


@dataclass(slots=True)
class _Thing:
    """A locked row, and what the readings make of it."""

    id: int
    urn: str
    type: str
    attributes: dict[str, Any]
    longitude: float | None
    latitude: float | None
    area_code: str
    state: int
    bounds: str | None
    more_types: list[str]
    patch: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)

    def observe(self, reading: Reading, *, again: bool) -> Change | None:
        """None when what is known is as recent; `again`: more recent."""
        attribute = self.attributes.get(reading.attribute)
        known_at = observed_at_of(attribute)
        if known_at is not None and (reading.observed_at < known_at or (reading.observed_at == known_at and not again)):
            return None
        after = observed(attribute, reading.value, reading.observed_at, reading.unit_code, reading.quality)
        if after == attribute:
            return None
        self.attributes[reading.attribute] = self.patch[reading.attribute] = after
        self.before[reading.attribute] = attribute
        return Change(
            entity_id=self.id,
            urn=self.urn,
            type=self.type,
            attribute=reading.attribute,
            value=reading.value,
            previous=value_of(attribute),
            unit_code=(default_instance(after) or {}).get("unitCode", ""),
            observed_at=reading.observed_at,
        )

    @property
    def observed(self) -> Observed:
        """For those who have subscribed to it."""
        return Observed(id=self.id, urn=self.urn, types=[self.type, *self.more_types], before=self.before)

    def settle(self) -> None:
        """Works out again what is derived from the attributes."""
        self.state = state_code(self.type, self.attributes)
        if "location" in self.patch and (place := place_of(self.attributes)):
            self.longitude, self.latitude = place
            self.area_code = area_code_at(*place)
            self.bounds = box_of(self.attributes)


@transaction.atomic(savepoint=False)
def apply_readings(readings: Sequence[Reading], *, now: datetime, again: bool = False) -> list[Change]:
    """The most recent reading of each attribute becomes its state if it is strictly newer than the state; `again`: if it is as new.

    Answers one change per attribute that moved forward, and queues those of good quality for every `ChangeConsumer`; subscribers are told of all.
    Readings of things that do not exist are left out. Values are finite JSON values: `history.record_readings`, by which to call this,
    refuses others.
    """
    newest = _newest(readings)
    things, followers = _locked(sorted(newest))
    changes: list[Change] = []
    doubtful: list[Change] = []
    changed: list[_Thing] = []
    for thing in things:
        for reading in newest[thing.id]:
            if change := thing.observe(reading, again=again):
                (doubtful if reading.quality else changes).append(change)
        if thing.patch:
            thing.settle()
            changed.append(thing)
    if changed:
        _write(changed, followers.queued(changes), now)
        if (subscribers := followers.subscribers(CITY)) is not None:
            on_observed([thing.observed for thing in changed], subscribers, now)
    return changes + doubtful


def _newest(readings: Sequence[Reading]) -> dict[int, list[Reading]]:
    """By thing, the most recent reading of each attribute; of two at the same instant, the first received."""
    kept: dict[tuple[int, str], Reading] = {}
    for reading in readings:
        key = reading.entity_id, reading.attribute
        if key not in kept or reading.observed_at > kept[key].observed_at:
            kept[key] = reading
    by_thing: dict[int, list[Reading]] = defaultdict(list)
    for reading in kept.values():
        by_thing[reading.entity_id].append(reading)
    return by_thing


def _locked(ids: list[int]) -> tuple[list[_Thing], Followers]:
    """And who follows them, asked behind the locks: whoever subscribed while this waited for another writer is told too."""
    with hot_cursor() as cursor:
        cursor.execute(statement("parvis.telemetry.context", "lock_entities"), {"ids": ids}, prepare=True)
        followers = Followers()
        things = [
            _Thing(id_, urn, type_, msgspec.json.decode(attributes), *derived)
            for id_, urn, type_, attributes, *derived in cursor
        ]
    return things, followers


def _write(things: list[_Thing], queued: tuple[list[str], list[str]], now: datetime) -> None:
    rows = [
        {
            "id": thing.id,
            "patch": thing.patch,
            "state": thing.state,
            "longitude": thing.longitude,
            "latitude": thing.latitude,
            "area_code": thing.area_code,
            "bounds": thing.bounds,
        }
        for thing in things
    ]
    consumers, documents = queued
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.context", "apply_readings"),
            {
                "things": msgspec.json.encode(rows).decode(),
                "changes": documents,
                "consumers": consumers,
                "payloads": payloads(thing.id for thing in things),
                "now": now,
            },
            prepare=True,
        )
