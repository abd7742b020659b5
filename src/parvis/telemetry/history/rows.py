"""An instance of an attribute as a row of observations, and a row as an instance; rows go in by thousands in one statement."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.attributes import VALUE_MEMBERS, Instance, parse_instant
from parvis.telemetry.history.arrays import ORIGIN_DAY, BigInts, Floats, Instants, Ints, adapt, micros_of
from parvis.telemetry.history.names import (
    DELETED,
    PLAIN,
    UNOBSERVED,
    AttributeKey,
    ShapeKey,
    attribute_ids,
    shape_ids,
)
from parvis.telemetry.history.partitions import make_missing
from parvis.telemetry.history.rules import EXACT

_LONGEST_UNIT = 16  # a longer code is no unit of UN/CEFACT: it stays in the row, so that shapes stay few
_DAY = 86_400_000_000
_TOLD = frozenset(("type", "value", "unitCode", "observedAt", "createdAt", "modifiedAt", "datasetId"))
_encode = msgspec.json.Encoder().encode

RowKey = tuple[int, AttributeKey, int]
"""Thing, attribute, microseconds since `arrays.ORIGIN`."""

RowBody = tuple[ShapeKey, float | None, str | None]
"""Shape, number, JSON of the rest."""


def body_of(instance: Instance) -> RowBody:
    """Of a stored instance. Its `createdAt` and `modifiedAt` are left out: the row knows when it was written."""
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
    mark = PLAIN if "observedAt" in instance else UNOBSERVED
    return ShapeKey(instance["type"], unit, mark), number, _encode(document).decode() if document else None


def deletion_of(kind: str) -> RowBody:
    return ShapeKey(kind, "", DELETED), None, None


def micros_at(instance: Instance, written: int) -> int:
    """Where the instance lies in time: when observed, else when written."""
    text = instance.get("observedAt")
    return micros_of(parse_instant(text)) if text else written


def number_of(value: float) -> int | float:
    """As JSON had it, most probably: 3 and 3.0 are the same number, and 3 is the shorter."""
    whole = int(value)
    return whole if whole == value and -EXACT <= whole <= EXACT else value


def insert(rows: Mapping[RowKey, RowBody], *, replace: bool, now: datetime) -> None:
    """Of a key that is known already the body is replaced, or left as it is."""
    if not rows:
        return
    make_missing({ORIGIN_DAY + timedelta(days=day) for day in {key[2] // _DAY for key in rows}}, now=now)
    attributes = attribute_ids({key[1] for key in rows})
    shapes = shape_ids({body[0] for body in rows.values()})
    numbered = sorted((entity, attributes[key], micros, body) for (entity, key, micros), body in rows.items())
    with hot_cursor() as cursor:
        adapt(cursor).execute(
            statement("parvis.telemetry.history", "replace_observations" if replace else "keep_observations"),
            {
                "entities": BigInts([row[0] for row in numbered]),
                "attributes": Ints([row[1] for row in numbered]),
                "instants": Instants([row[2] for row in numbered]),
                "shapes": Ints([shapes[row[3][0]] for row in numbered]),
                "values": Floats([row[3][1] for row in numbered]),
                "documents": [row[3][2] for row in numbered],
                "now": now,
            },
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


def value_member(kind: str) -> str:
    return VALUE_MEMBERS.get(kind, "value")
