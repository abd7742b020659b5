"""An instance of an attribute as a row of observations, and a row as an instance; rows go in by thousands in one statement."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import msgspec

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.attributes import VALUE_MEMBERS, Instance, parse_instant
from parvis.telemetry.history.names import DELETED, PLAIN, UNOBSERVED, ShapeKey
from parvis.telemetry.history.partitions import make_missing
from parvis.telemetry.history.rules import EXACT

ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
_ORIGIN = ORIGIN.date()
_LONGEST_UNIT = 16  # a longer code is no unit of UN/CEFACT: it stays in the row, so that shapes stay few
_TOLD = frozenset(("type", "value", "unitCode", "observedAt", "createdAt", "modifiedAt", "datasetId"))
_encode = msgspec.json.Encoder().encode

Row = tuple[int, int, datetime, int, float | None, str | None]
"""Thing, attribute, instant, shape, number, JSON of the rest."""

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


def instant_of(instance: Instance, written: datetime) -> datetime:
    """Where the instance lies in time: when observed, else when written."""
    text = instance.get("observedAt")
    return parse_instant(text) if text else written


def number_of(value: float) -> int | float:
    """As JSON had it, most probably: 3 and 3.0 are the same number, and 3 is the shorter."""
    whole = int(value)
    return whole if whole == value and -EXACT <= whole <= EXACT else value


def insert(rows: list[Row], *, replace: bool, now: datetime) -> None:
    """Of a key that is known already the body is replaced, or left as it is; to be replaced, no key may be there twice."""
    if not rows:
        return
    make_missing({_ORIGIN + timedelta(days=day) for day in {(row[2] - ORIGIN).days for row in rows}}, now=now)
    rows.sort(key=itemgetter(0, 1, 2))  # two batches that share keys wait for each other in one direction only
    entities, attributes, instants, shapes, values, documents = zip(*rows, strict=True)
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.history", "replace_observations" if replace else "keep_observations"),
            {
                "entities": list(entities),
                "attributes": list(attributes),
                "instants": list(instants),
                "shapes": list(shapes),
                "values": list(values),
                "documents": list(documents),
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
