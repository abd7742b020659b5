"""Lines that are no more, before they have left the files."""

from collections.abc import Collection, Sequence
from datetime import datetime

import duckdb
from django.db import connection, transaction

from parvis.telemetry.history.lake.engine import literal
from parvis.telemetry.history.lake.models import Forgotten, LakeFile
from parvis.telemetry.history.lake.paths import root
from parvis.telemetry.history.lake.times import micros
from parvis.telemetry.history.partitions import PARENT

_DELETE = f"""
DELETE FROM {PARENT}
WHERE (%(entity)s::bigint IS NULL OR entity_id = %(entity)s)
    AND (%(attributes)s::integer[] IS NULL OR attribute_id = ANY(%(attributes)s))
"""

_TABLES = {
    "gone_thing": ("entity_id",),
    "gone_attribute": ("attribute_id",),
    "gone_pair": ("entity_id", "attribute_id"),
}

JOINS = """
LEFT JOIN gone_thing USING (entity_id) LEFT JOIN gone_attribute USING (attribute_id)
LEFT JOIN gone_pair USING (entity_id, attribute_id)
"""

HIDDEN = "epoch_us(observed_at) + lag_us < greatest(gone_thing.until_us, gone_attribute.until_us, gone_pair.until_us)"
"""Null where no order concerns the line; to be used after JOINS."""


@transaction.atomic
def forget(*, entity_id: int | None = None, attribute_ids: Collection[int] | None = None, now: datetime) -> None:
    """Of a thing, of some of its attributes, or of these attributes of all things: all that was written before now.

    With the caller's transaction no reader sees it any more, neither in PostgreSQL nor in the lake; the next compaction takes
    it out of the files.
    """
    if entity_id is None and attribute_ids is None:
        raise ValueError("nothing is named")
    attributes = None if attribute_ids is None else sorted(attribute_ids)
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, {"entity": entity_id, "attributes": attributes})
    named: list[int | None] = [None] if attributes is None else [*attributes]
    Forgotten.objects.bulk_create(Forgotten(entity_id=entity_id, attribute_id=one, forgotten_at=now) for one in named)


def define_gone(database: duckdb.DuckDBPyConnection, orders: Sequence[Forgotten]) -> None:
    """The tables that JOINS names: the latest order for each thing, attribute, and attribute of a thing."""
    for table, keys in _TABLES.items():
        columns = ", ".join(f"{key} BIGINT" for key in keys)
        database.execute(f"CREATE OR REPLACE TABLE {table} ({columns}, until_us BIGINT)")
        latest: dict[tuple[int, ...], int] = {}
        for order in orders:
            named = {key: getattr(order, key) for key in ("entity_id", "attribute_id")}
            if tuple(key for key, value in named.items() if value is not None) == keys:
                key = tuple(named[one] for one in keys)
                latest[key] = max(latest.get(key, 0), micros(order.forgotten_at))
        if latest:
            places = ", ".join("?" * (len(keys) + 1))
            database.executemany(f"INSERT INTO {table} VALUES ({places})", [(*key, at) for key, at in latest.items()])


def holding_hidden(
    database: duckdb.DuckDBPyConnection, files: Sequence[LakeFile], orders: Sequence[Forgotten]
) -> list[LakeFile]:
    """The files that hold lines these orders hide."""
    define_gone(database, orders)
    return [file for file in files if any(_may_concern(one, file) for one in orders) and _holds_hidden(database, file)]


def _may_concern(order: Forgotten, file: LakeFile) -> bool:
    if order.entity_id is not None and not file.min_entity <= order.entity_id <= file.max_entity:
        return False
    return file.min_written < order.forgotten_at


def _holds_hidden(database: duckdb.DuckDBPyConnection, file: LakeFile) -> bool:
    source = f"read_parquet({literal(str(root() / file.path))})"
    return bool(database.execute(f"SELECT 1 FROM {source} {JOINS} WHERE {HIDDEN} LIMIT 1").fetchone())
