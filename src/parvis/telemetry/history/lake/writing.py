"""Files of the lake, written by DuckDB: what their lines are, and in which order.

Sorted by type, thing, attribute and time, so that an engine skips all but a few row groups by their bounds. Names are in the lines
(repeated, they cost nothing): no engine needs PostgreSQL to understand a file.
"""

from collections.abc import Sequence
from datetime import date, datetime

import duckdb

from parvis.telemetry.history.lake.engine import listed, literal
from parvis.telemetry.history.lake.forgetting import HIDDEN, JOINS, define_gone
from parvis.telemetry.history.lake.models import Forgotten, LakeFile
from parvis.telemetry.history.lake.paths import checksum, finish, new_path, root, unfinished
from parvis.telemetry.history.lake.terms import Terms
from parvis.telemetry.history.lake.times import instant_of

COLUMNS = (
    "tenant_id, type, area_code, entity_id, urn, attribute_id, attribute, dataset_id, shape_id, shape,"
    " observed_at, lag_us, value, document"
)

ROWS_PER_FILE = 20_000_000
"""A month of a large city is several files, each of its own things: one is rewritten in a quarter of a minute."""

_ROWS_PER_GROUP = 40_960
"""Twenty vectors of DuckDB: one thing is read from a few of them, and the files are hardly larger than with three times more."""

_FRESH = """
SELECT coalesce(tenant_id, -1) AS tenant_id, coalesce(type, '') AS type, coalesce(area_code, '') AS area_code, entity_id,
    coalesce(urn, '') AS urn, attribute_id, attribute, dataset_id, shape_id, shape,
    make_timestamptz(observed_us) AS observed_at, lag_us, value, document
FROM fresh JOIN attribute USING (attribute_id) JOIN shape USING (shape_id) LEFT JOIN thing USING (entity_id)
WHERE NOT coalesce(json_extract(shape, '$.erased') = 'true', false)
"""

_OLD = f"""
SELECT {COLUMNS} FROM read_parquet([{{files}}]) AS old {JOINS}
WHERE NOT coalesce({HIDDEN}, false) AND NOT EXISTS (
    SELECT 1 FROM fresh AS f WHERE f.entity_id = old.entity_id AND f.attribute_id = old.attribute_id
        AND make_timestamptz(f.observed_us) = old.observed_at
)
"""

_WRITE = (
    "COPY (SELECT {columns} FROM line WHERE entity_id BETWEEN {low} AND {high} ORDER BY type, entity_id, attribute_id, observed_at)"
    " TO {path} (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION 'V1', ROW_GROUP_SIZE {rows_per_group})"
)


def define_lines(
    database: duckdb.DuckDBPyConnection, old: Sequence[LakeFile], forgotten: Sequence[Forgotten], terms: Terms
) -> None:
    """The view `line` of `database`: the lines of the old files as `fresh` corrects them, without what is to be forgotten."""
    define_gone(database, forgotten)
    lines = _FRESH
    if old:
        lines += " UNION ALL " + _OLD.format(files=listed(str(root() / file.path) for file in old))
    database.execute(f"CREATE OR REPLACE VIEW line AS SELECT * FROM ({lines}) WHERE {terms.condition()}")


def write_lines(
    database: duckdb.DuckDBPyConnection, first_day: date, last_day: date, *, at_most: int, now: datetime
) -> list[LakeFile]:
    """The files that hold the lines, `at_most` so many, finished; their rows are not saved yet. None when there is no line."""
    parts = _parts(database) if at_most > ROWS_PER_FILE else [(0, 2**63 - 1)]
    paths = [_written(database, low, high, first_day, last_day) for low, high in parts]
    return [file for path in paths if (file := _described(database, path, first_day, last_day, now))]


def _parts(database: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    """Bounds (inclusive) of the things of each file."""
    counted = database.execute("SELECT entity_id, count(*) FROM line GROUP BY entity_id ORDER BY entity_id").fetchall()
    parts: list[tuple[int, int]] = []
    low, rows = None, 0
    for entity_id, count in counted:
        low, rows = entity_id if low is None else low, rows + count
        if rows >= ROWS_PER_FILE:
            parts.append((low, entity_id))
            low, rows = None, 0
    if low is not None:
        parts.append((low, counted[-1][0]))
    return parts


def _written(database: duckdb.DuckDBPyConnection, low: int, high: int, first_day: date, last_day: date) -> str:
    path = new_path(first_day, last_day)
    database.execute(
        _WRITE.format(
            columns=COLUMNS, low=low, high=high, path=literal(str(unfinished(path))), rows_per_group=_ROWS_PER_GROUP
        )
    )
    finish(path)
    return path


def _described(
    database: duckdb.DuckDBPyConnection, path: str, first_day: date, last_day: date, now: datetime
) -> LakeFile | None:
    """None for a file without lines, which is removed."""
    whole = root() / path
    source = f"read_parquet({literal(str(whole))})"
    bounds = database.execute(
        "SELECT count(*), min(entity_id), max(entity_id), epoch_us(min(observed_at)), epoch_us(max(observed_at)),"
        f" min(epoch_us(observed_at) + lag_us), max(epoch_us(observed_at) + lag_us) FROM {source}"
    ).fetchone()
    assert bounds is not None
    if bounds[0] == 0:
        whole.unlink()
        return None
    contents = database.execute(
        "SELECT tenant_id, type, attribute, count(*), make_timestamp(epoch_us(min(observed_at)))::DATE::VARCHAR"
        f" FROM {source} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return LakeFile(
        path=path,
        first_day=first_day,
        last_day=last_day,
        rows=bounds[0],
        bytes=whole.stat().st_size,
        checksum=checksum(whole),
        min_entity=bounds[1],
        max_entity=bounds[2],
        min_observed=instant_of(bounds[3]),
        max_observed=instant_of(bounds[4]),
        min_written=instant_of(bounds[5]),
        max_written=instant_of(bounds[6]),
        contents=list(map(list, contents)),
        made_at=now,
    )
