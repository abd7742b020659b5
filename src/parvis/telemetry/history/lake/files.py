"""The list of files: what one transaction makes of it, and what the disk holds that it does not know."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from parvis.telemetry.history.lake.models import LakeFile
from parvis.telemetry.history.lake.paths import on_disk, root, scratch

GRACE = timedelta(hours=1)
"""How long a file that left the lake stays on the disk: a reader that listed it may be about to open it."""

ORPHANS_KEPT = timedelta(days=30)
"""An unlisted file is moved aside first: PostgreSQL may have been restored from a backup older than the file."""


def swap(*, new: Iterable[LakeFile], old: Collection[LakeFile], now: datetime) -> None:
    """In the caller's transaction, with which the new files become the lake and the old ones leave it."""
    LakeFile.objects.bulk_create(new)
    LakeFile.objects.filter(pk__in=[file.pk for file in old]).update(retired_at=now)


def sweep(now: datetime) -> None:
    """Tidies the disk; for the only writer, when it starts. `now` may only be the true time: ages of files are compared to it."""
    for left in scratch().iterdir():
        left.unlink(missing_ok=True)
    _unlink_retired(now)
    known = set(LakeFile.objects.values_list("path", flat=True))
    for path, finished in list(on_disk()):
        if not finished:
            (root() / path).unlink(missing_ok=True)
        elif path not in known:
            _set_aside(path)
    for old in _aside().iterdir():
        if now.timestamp() - old.stat().st_mtime > ORPHANS_KEPT.total_seconds():
            old.unlink(missing_ok=True)


def _unlink_retired(now: datetime) -> None:
    """First from the disk, then from the list: killed between the two, it is done again."""
    for file in LakeFile.objects.filter(retired_at__lt=now - GRACE):
        (root() / file.path).unlink(missing_ok=True)
        file.delete()


def _set_aside(path: str) -> None:
    (root() / path).rename(_aside() / path.rpartition("/")[2])


def _aside() -> Path:
    path = root() / "orphans"
    path.mkdir(exist_ok=True)
    return path
