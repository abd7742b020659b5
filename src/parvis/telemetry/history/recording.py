"""Every write of the broker becomes history, in its transaction (ETSI GS CIM 009 V1.8.1, 4.5.6 to 4.5.8): what the client asks for
later by the temporal API is what it wrote, instance by instance, and what it deleted.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from parvis.kernel.contributions import EntityChange, InstanceChange
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.history import identities
from parvis.telemetry.history.erasing import erase_things
from parvis.telemetry.history.names import AttributeKey, ShapeKey
from parvis.telemetry.history.rows import RowBody, RowKey, body_of, deletion_of, insert, instant_of, numbered, text_of

SCOPE = AttributeKey("scope")
"""Under this name, which no attribute may have, the scopes of a thing are history too."""

HISTORIC = "temporal"
"""The `source` of a thing that only the temporal API has told of."""

_TICK = timedelta(microseconds=1)


def record(changes: Sequence[EntityChange], now: datetime) -> None:
    """One statement for all that was written, whatever the number of changes."""
    kept = [change for change in changes if change.entity_id]  # created and deleted in one transaction: it never was
    _note_lives(kept, now)
    bodies: dict[RowKey, RowBody] = {}
    for change in kept:
        if change.after is not None or not settings.PARVIS_FORGET_WITH_ENTITY:
            for one in change.instances:
                _add(bodies, change.entity_id, one, now)
            _add_scopes(bodies, change, now)
    insert(numbered(bodies), replace=True, now=now)


def ids_of(tenant_id: int, urns: Sequence[str]) -> Mapping[str, int]:
    """The ids that things of these URNs had before they were deleted, so that their history goes on."""
    return identities.departed_ids(tenant_id, urns)


def _add(bodies: dict[RowKey, RowBody], entity_id: int, change: InstanceChange, now: datetime) -> None:
    attribute = AttributeKey(change.attribute, change.dataset_id)
    if change.after is not None:
        body = body_of(change.after)
        put(bodies, (entity_id, attribute, instant_of(change.after, now)), body)
    elif change.before is not None:
        put(bodies, (entity_id, attribute, now), deletion_of(change.before.get("type", "Property")))


def put(bodies: dict[RowKey, RowBody], key: RowKey, body: RowBody) -> None:
    """Two writes without observedAt in one transaction are two instances all the same."""
    while body[0].unobserved and key in bodies:
        key = (key[0], key[1], key[2] + _TICK)
    bodies[key] = body


def _add_scopes(bodies: dict[RowKey, RowBody], change: EntityChange, now: datetime) -> None:
    """Each set of scopes is observed when it is written (4.5.6)."""
    before = change.before.scopes if change.before is not None else []
    after = change.after.scopes if change.after is not None else []
    if before == after:
        return
    key = (change.entity_id, SCOPE, now)
    bodies[key] = scope_body(after) if after else deletion_of("Property")


def scope_body(scopes: Sequence[str]) -> RowBody:
    return ShapeKey("Property"), None, text_of({"value": list(scopes)})


def _note_lives(changes: Sequence[EntityChange], now: datetime) -> None:
    """Which things have gone and come back; and of which more is told now than their history."""
    gone: dict[int, tuple[EntityChange, Stored]] = {}
    born: list[int] = []
    told: list[int] = []
    for change in changes:
        if change.after is None and change.before is not None:
            gone[change.entity_id] = (change, change.before)
        elif change.before is None:
            gone.pop(change.entity_id, None)
            born.append(change.entity_id)
        elif change.before.source == HISTORIC:
            told.append(change.entity_id)
    if born:
        identities.welcome(born)
    if gone and settings.PARVIS_FORGET_WITH_ENTITY:
        erase_things(list(gone), now=now)
    elif gone:
        identities.remember([(change.entity_id, change.tenant_id, stored) for change, stored in gone.values()], now)
    if told:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE context_entity SET source = '' WHERE id = ANY(%s)", [told])
