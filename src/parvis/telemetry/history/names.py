"""The numbers of attributes and shapes, known by heart: rows of these tables are only ever added, so a number stays true.

They are committed at once, on a connection of their own: two batches that both meet a name for the first time must not wait
for each other.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec

from parvis.kernel.sql import hot_cursor
from parvis.telemetry.history.partitions import own_connection

_MOST = 200_000  # names kept in memory; above, all are forgotten and learnt again


class AttributeKey(NamedTuple):
    name: str
    dataset_id: str = ""


class ShapeKey(NamedTuple):
    """What `models.Shape` holds."""

    kind: str = "Property"
    unit_code: str = ""
    unobserved: bool = False
    deleted: bool = False
    erased: bool = False

    @property
    def document(self) -> str:
        told: dict[str, Any] = {"type": self.kind} if self.kind else {}
        told |= {"unitCode": self.unit_code} if self.unit_code else {}
        told |= {mark: True for mark in _MARKS if getattr(self, mark)}
        return msgspec.json.encode(told, order="sorted").decode()

    @classmethod
    def of(cls, document: str) -> "ShapeKey":
        told = msgspec.json.decode(document)
        return cls(told.get("type", ""), told.get("unitCode", ""), *(bool(told.get(mark)) for mark in _MARKS))


_MARKS = ("unobserved", "deleted", "erased")

ERASED = ShapeKey(kind="", erased=True)


class _Known:
    """Replaced as a whole, never emptied: who reads an older one reads something true."""

    def __init__(self) -> None:
        self.attributes: dict[AttributeKey, int] = {}
        self.shapes: dict[ShapeKey, int] = {}
        self.attribute_of: dict[int, AttributeKey] = {}
        self.shape_of: dict[int, ShapeKey] = {}


_known = _Known()


def forget(**_: object) -> None:
    """When the tables may have been emptied: after migrations, and so between tests that commit."""
    global _known  # noqa: PLW0603
    _known = _Known()


def attribute_ids(keys: Collection[AttributeKey]) -> Mapping[AttributeKey, int]:
    """Of all these (and of others). Unknown ones are made."""
    known = _roomy()
    if missing := [key for key in keys if key not in known.attributes]:
        columns = [[key.name for key in missing], [key.dataset_id for key in missing]]
        with own_connection() as own:
            own.execute(
                "INSERT INTO history_attribute (name, dataset_id) SELECT DISTINCT * FROM unnest(%s::text[], %s::text[])"
                " ON CONFLICT DO NOTHING",
                columns,
            )
            rows: Any = own.execute(
                "SELECT a.id, a.name, a.dataset_id FROM history_attribute a"
                " JOIN unnest(%s::text[], %s::text[]) AS k(name, dataset_id) USING (name, dataset_id)",
                columns,
            ).fetchall()
        for id_, name, dataset_id in rows:
            key = AttributeKey(name, dataset_id)
            known.attribute_of[id_] = key
            known.attributes[key] = id_
    return known.attributes


def shape_ids(keys: Collection[ShapeKey]) -> Mapping[ShapeKey, int]:
    """Of all these (and of others). Unknown ones are made."""
    known = _roomy()
    if missing := [key for key in keys if key not in known.shapes]:
        documents = sorted({key.document for key in missing})
        with own_connection() as own:
            own.execute(
                "INSERT INTO history_shape (document) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [documents]
            )
            rows: Any = own.execute(
                "SELECT id, document FROM history_shape WHERE document = ANY(%s)", [documents]
            ).fetchall()
        for id_, document in rows:
            key = ShapeKey.of(document)
            known.shape_of[id_] = key
            known.shapes[key] = id_
    return known.shapes


def attributes_of(ids: Collection[int]) -> Mapping[int, AttributeKey]:
    """The names of all these numbers (and of others)."""
    known = _known
    if missing := [id_ for id_ in ids if id_ not in known.attribute_of]:
        with own_connection() as own:
            rows: Any = own.execute(
                "SELECT id, name, dataset_id FROM history_attribute WHERE id = ANY(%s)", [missing]
            ).fetchall()
        known.attribute_of.update({id_: AttributeKey(name, dataset_id) for id_, name, dataset_id in rows})
    return known.attribute_of


def attributes_named(names: Collection[str]) -> list[int]:
    """The numbers of all the datasets of these attributes."""
    with hot_cursor() as cursor:
        cursor.execute("SELECT id FROM history_attribute WHERE name = ANY(%s::text[])", [list(names)])
        return [id_ for (id_,) in cursor]


def shapes_of(ids: Collection[int]) -> Mapping[int, ShapeKey]:
    """What all these numbers stand for (and others)."""
    known = _known
    if missing := [id_ for id_ in ids if id_ not in known.shape_of]:
        with own_connection() as own:
            rows: Any = own.execute("SELECT id, document FROM history_shape WHERE id = ANY(%s)", [missing]).fetchall()
        known.shape_of.update({id_: ShapeKey.of(document) for id_, document in rows})
    return known.shape_of


def _roomy() -> _Known:
    if len(_known.attributes) > _MOST:
        forget()
    return _known
