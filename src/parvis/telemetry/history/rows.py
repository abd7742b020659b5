"""An instance of an attribute as a row of observations, and a row as an instance; rows go in by thousands in one statement."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import msgspec

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.attributes import Instance, is_deletion, parse_instant
from parvis.telemetry.history.names import AttributeKey, ShapeKey, attribute_ids, shape_ids
from parvis.telemetry.history.partitions import make_missing
from parvis.telemetry.history.rules import EXACT

ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
_ORIGIN = ORIGIN.date()
_LONGEST_UNIT = 16  # a longer code is no unit of UN/CEFACT: it stays in the row, so that shapes stay few
_TOLD = frozenset(("type", "value", "unitCode", "observedAt", "createdAt", "modifiedAt", "deletedAt", "datasetId"))
_encode = msgspec.json.Encoder().encode

Row = tuple[int, int, datetime, int, float | None, str | None]
"""Thing, attribute, instant, shape, number, JSON of the rest."""

RowKey = tuple[int, AttributeKey, datetime]
"""Thing, attribute, instant."""

RowBody = tuple[ShapeKey, float | None, str | None]
"""Shape, number, JSON of the rest."""


def body_of(instance: Instance) -> RowBody:
    """Of a stored instance. Its `createdAt` and `modifiedAt` are left out: the row knows when it was written."""
    unobserved = "observedAt" not in instance
    if is_deletion(instance):
        document = {"deletedAt": instance["deletedAt"]} if "deletedAt" in instance and not unobserved else None
        return ShapeKey(instance["type"], "", unobserved, True), None, text_of(document)
    number, document = None, {name: instance[name] for name in instance.keys() - _TOLD}
    match instance.get("value"):
        case bool() as value:
            number, document["value"] = float(value), value
        case int() | float() as value if -EXACT <= value <= EXACT:
            number = float(value)
        case None:
            pass
        case value:
            document["value"] = value
    unit = instance.get("unitCode", "")
    if len(unit) > _LONGEST_UNIT:
        document["unitCode"], unit = unit, ""
    return ShapeKey(instance["type"], unit, unobserved), number, text_of(document)


def deletion_of(kind: str) -> RowBody:
    """Of an instance deleted when the row is written."""
    return ShapeKey(kind, "", True, True), None, None


def text_of(document: dict[str, Any] | None) -> str | None:
    return _encode(document).decode() if document else None


def instant_of(instance: Instance, written: datetime) -> datetime:
    """Where the instance lies in time: when observed, else when written (or deleted, as a client tells)."""
    text = instance.get("observedAt") or instance.get("deletedAt")
    return parse_instant(text) if text else written


def number_of(value: float) -> int | float:
    """As JSON had it, most probably: 3 and 3.0 are the same number, and 3 is the shorter."""
    whole = int(value)
    return whole if whole == value and -EXACT <= whole <= EXACT else value


def numbered(bodies: Mapping[RowKey, RowBody]) -> list[Row]:
    """Rows to insert. Names met for the first time are made."""
    attributes = attribute_ids({key[1] for key in bodies})
    shapes = shape_ids({body[0] for body in bodies.values()})
    return [
        (entity_id, attributes[attribute], instant, shapes[shape], number, document)
        for (entity_id, attribute, instant), (shape, number, document) in bodies.items()
    ]


def insert(rows: list[Row], *, replace: bool, now: datetime) -> None:
    """Of a key that is known already the body is replaced, or left as it is; to be replaced, no key may be there twice."""
    if not rows:
        return
    make_missing({_ORIGIN + timedelta(days=day) for day in {(row[2] - ORIGIN).days for row in rows}}, now=now)
    rows.sort(key=itemgetter(0, 1, 2))  # two batches that share keys wait for each other in one direction only
    told = [
        {
            "entity_id": entity_id,
            "attribute_id": attribute_id,
            "observed_at": at,
            "shape_id": shape_id,
            "value": value,
            "document": document,
        }
        for entity_id, attribute_id, at, shape_id, value, document in rows
    ]
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.history", "replace_observations" if replace else "keep_observations"),
            {"rows": _encode(told).decode(), "now": now},
            prepare=True,
        )


def instance_of(shape: ShapeKey, number: float | None, document: Mapping[str, Any] | None) -> Instance:
    """The stored instance without its times; a deletion record has only its type."""
    instance: Instance = {"type": shape.kind}
    if number is not None:
        instance["value"] = number_of(number)
    if document:
        instance |= document
    if shape.unit_code:
        instance["unitCode"] = shape.unit_code
    return instance
