"""Out of PostgreSQL into DuckDB, through text on the disk: no value passes through Python.

Reads one snapshot, and can tell afterwards, under a lock, whether a table is still what it was in that snapshot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import duckdb
import psycopg
from psycopg import sql
from psycopg.pq import ExecStatus

from parvis.telemetry.history.lake.engine import literal
from parvis.telemetry.history.lake.paths import scratch
from parvis.telemetry.history.lake.times import micros, midnight
from parvis.telemetry.history.partitions import table_of_span
from parvis.telemetry.history.rules import Span

Own = psycopg.Connection[tuple[object, ...]]

_OBSERVATIONS = """
COPY (
    SELECT entity_id, attribute_id, shape_id, {start_us} + (date_part('epoch', observed_at - {start}) * 1e6)::bigint,
        (date_part('epoch', written_at - observed_at) * 1e6)::bigint, value, document
    FROM ONLY {table}
) TO STDOUT (FORMAT csv)
"""  # spans of time are exact in float8 up to 285 years, which instants are not: hence from the start, and as a delay

_COLUMNS = (
    "{'entity_id': 'BIGINT', 'attribute_id': 'INTEGER', 'shape_id': 'INTEGER', 'observed_us': 'BIGINT',"
    " 'lag_us': 'BIGINT', 'value': 'DOUBLE', 'document': 'VARCHAR'}"
)

_NAMES = {
    "thing": (
        "SELECT id, tenant_id, type, area_code, urn FROM context_entity"
        " UNION ALL SELECT entity_id, tenant_id, types[1], '', urn FROM history_departed"
        " WHERE NOT EXISTS (SELECT 1 FROM context_entity WHERE id = entity_id)",
        "{'entity_id': 'BIGINT', 'tenant_id': 'INTEGER', 'type': 'VARCHAR', 'area_code': 'VARCHAR', 'urn': 'VARCHAR'}",
    ),
    "attribute": (
        "SELECT id, name, dataset_id FROM history_attribute",
        "{'attribute_id': 'INTEGER', 'attribute': 'VARCHAR', 'dataset_id': 'VARCHAR'}",
    ),
    "shape": ("SELECT id, document FROM history_shape", "{'shape_id': 'INTEGER', 'shape': 'VARCHAR'}"),
}


@dataclass(frozen=True, kw_only=True)
class Export:
    """What was read of some tables. `oldest_running`: transactions from this number on may be missing from it."""

    rows: dict[Span, int]
    oldest_running: int


def export(own: Own, into: duckdb.DuckDBPyConnection, tables: Sequence[Span]) -> Export:
    """Fills the tables `fresh` (the rows of these spans), `thing`, `attribute` and `shape` of `into`."""
    oldest = own.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").fetchone()
    rows = _fill(own, into, "fresh", list(map(_observations, tables)), _COLUMNS)
    for name, (query, columns) in _NAMES.items():
        wanted = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)").format(sql.SQL(query))
        _fill(own, into, name, [wanted] if tables else [], columns)
    return Export(rows=dict(zip(tables, rows, strict=True)), oldest_running=int(str(oldest[0])) if oldest else 0)


def _observations(table: Span) -> sql.Composed:
    start = midnight(table.first)
    return sql.SQL(_OBSERVATIONS).format(
        table=sql.Identifier(table_of_span(table)), start=sql.Literal(start), start_us=sql.Literal(micros(start))
    )


def _fill(own: Own, into: duckdb.DuckDBPyConnection, table: str, copies: list[sql.Composed], columns: str) -> list[int]:
    """How many rows each gave."""
    path = scratch() / f"{table}.csv"
    with path.open("wb") as file:
        counted = [_copy(own, query, file) for query in copies]
    into.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {_lines(path, columns)}")
    path.unlink()
    return counted


def _copy(own: Own, query: sql.Composed, file: BinaryIO) -> int:
    """COPY … TO STDOUT, line by line from libpq: psycopg's own loop takes three times as long a line. Answers how many."""
    postgresql = own.pgconn
    postgresql.exec_(query.as_string(own).encode())
    while (got := postgresql.get_copy_data(0))[0] > 0:
        file.write(got[1])
    ended = postgresql.get_result()
    if ended is None or ended.status != ExecStatus.COMMAND_OK:
        raise psycopg.OperationalError("COPY failed" if ended is None else ended.error_message.decode())
    postgresql.get_result()  # the end of the command
    return ended.command_tuples or 0


def _lines(path: Path, columns: str) -> str:
    return (
        f"read_csv({literal(str(path))}, auto_detect = false, header = false, columns = {columns}, delim = ',',"
        " quote = '\"', escape = '\"', new_line = '\\n', allow_quoted_nulls = false, max_line_size = 100000000)"
    )


def unchanged(own: Own, table: Span, exported: Export) -> bool:
    """Whether this table, locked by `own` against writers, holds just the rows that were exported.

    A row added or replaced since bears the number of a transaction that was running or not begun; a row removed is missing
    from the count. Answers False in doubt: of a transaction that ended shortly before the export.
    """
    row = own.execute(
        sql.SQL("SELECT count(*), count(*) FILTER (WHERE age(xmin) <= age(%s::text::xid)) FROM ONLY {}").format(
            sql.Identifier(table_of_span(table))
        ),
        [str(exported.oldest_running % 2**32)],
    ).fetchone()
    return row == (exported.rows[table], 0)
