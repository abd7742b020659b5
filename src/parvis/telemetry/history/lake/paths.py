"""Where the lake lies, and how its files come to be: whole and on the disk under their name, or not at all."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings

SUFFIX = ".parquet"
_UNFINISHED = ".unfinished"


def root() -> Path:
    path: Path = settings.PARVIS_LAKE_PATH
    return path


def scratch() -> Path:
    """For what does not outlive the process; emptied by the next writer."""
    path = root() / "tmp"
    path.mkdir(parents=True, exist_ok=True)
    return path


def new_path(first_day: date, last_day: date) -> str:
    """Of a file for these days, under the root; no two are the same: `2026/11/2026-11-20-4f1c09ab.parquet`."""
    text = first_day.isoformat()
    period = text[:7] if (first_day, last_day) == month_of(first_day) else text
    return f"{text[:4]}/{text[5:7]}/{period}-{secrets.token_hex(4)}{SUFFIX}"


def unfinished(path: str) -> Path:
    """Where to write what will be at `path`."""
    final = root() / path
    final.parent.mkdir(parents=True, exist_ok=True)
    return final.with_name(final.name + _UNFINISHED)


def finish(path: str) -> None:
    """The unfinished file is on the disk, under its name, whatever happens next (fsync, rename, fsync of the directories)."""
    final, temporary = root() / path, unfinished(path)
    _synchronise(temporary)
    temporary.rename(final)
    for directory in (final.parent, final.parent.parent, final.parent.parent.parent):
        _synchronise(directory)


def _synchronise(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def on_disk() -> Iterator[tuple[str, bool]]:
    """Every file of the lake's directories, with whether it is finished."""
    for path in root().glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/*"):
        if path.name.endswith((SUFFIX, SUFFIX + _UNFINISHED)):
            yield str(path.relative_to(root())), path.suffix == SUFFIX


def month_of(day: date) -> tuple[date, date]:
    """Its first and last days."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def third_of(day: date) -> tuple[date, date]:
    """First and last days of the ten days (the last third: eight to eleven) of its month that hold it."""
    first, last = month_of(day)
    starts = [first, first.replace(day=11), first.replace(day=21)]
    third = min((day.day - 1) // 10, 2)
    return starts[third], last if third == 2 else starts[third + 1] - timedelta(days=1)
