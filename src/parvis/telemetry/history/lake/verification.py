"""Is the lake what its list says?"""

from collections.abc import Callable, Iterator
from contextlib import closing

import duckdb

from parvis.telemetry.history.lake.engine import listed, literal, writer
from parvis.telemetry.history.lake.models import LakeFile
from parvis.telemetry.history.lake.paths import checksum, on_disk, root
from parvis.telemetry.history.lake.times import micros

_BOUNDS = """
SELECT count(*), min(entity_id), max(entity_id), epoch_us(min(observed_at)), epoch_us(max(observed_at))
FROM read_parquet({path})
"""

_TWICE = """
SELECT count(*) FROM (
    SELECT 1 FROM read_parquet([{paths}]) GROUP BY entity_id, attribute_id, observed_at HAVING count(*) > 1
)
"""


def faults(progress: Callable[[str], None] = lambda text: None) -> Iterator[str]:
    """One line each; nothing when all is well."""
    files = list(LakeFile.objects.active())
    with closing(writer()) as database:
        for file in files:
            progress(file.path)
            yield from _of_file(database, file)
        yield from _of_neighbours(database, files)
    listed_paths = set(LakeFile.objects.values_list("path", flat=True))
    for path, finished in on_disk():
        if path not in listed_paths and finished:
            yield f"{path}: nobody listed it; the next compaction sets it aside"


def _of_file(database: duckdb.DuckDBPyConnection, file: LakeFile) -> Iterator[str]:
    path = root() / file.path
    if not path.exists():
        yield f"{file.path}: is missing"
        return
    if path.stat().st_size != file.bytes or checksum(path) != file.checksum:
        yield f"{file.path}: is not what was written"
        return
    expected = (file.rows, file.min_entity, file.max_entity, micros(file.min_observed), micros(file.max_observed))
    found = database.execute(_BOUNDS.format(path=literal(str(path)))).fetchone()
    if found != expected:
        yield f"{file.path}: holds {found}, the list says {expected}"


def _of_neighbours(database: duckdb.DuckDBPyConnection, files: list[LakeFile]) -> Iterator[str]:
    """Files that answer for the same days: parts of one period, which share no observation."""
    present = [file for file in files if (root() / file.path).exists()]
    for group in _overlapping(present):
        if len(group) > 1:
            paths = listed(str(root() / file.path) for file in group)
            row = database.execute(_TWICE.format(paths=paths)).fetchone()
            if row and row[0]:
                yield f"{group[0].first_day}: {row[0]} observations are in several of {len(group)} files"


def _overlapping(files: list[LakeFile]) -> Iterator[list[LakeFile]]:
    group: list[LakeFile] = []
    for file in sorted(files, key=lambda file: (file.first_day, file.last_day)):
        if group and file.first_day > max(one.last_day for one in group):
            yield group
            group = []
        group.append(file)
    if group:
        yield group
