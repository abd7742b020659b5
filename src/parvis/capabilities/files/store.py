"""Where the bytes are: `<PARVIS_HOME>/files/<two digits>/<sha256>.<variant>.jpg`, written once, never changed."""

import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from django.conf import settings


class Variant(StrEnum):
    LARGE = "large"
    SMALL = "small"


def path_of(sha256: str, variant: Variant) -> Path:
    return root() / sha256[:2] / f"{sha256}.{variant}.jpg"


def root() -> Path:
    return Path(settings.PARVIS_HOME) / "files"


def write(path: Path, content: bytes) -> None:
    """All or nothing, and on disk when it returns: a row must never point at half a photo."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def erase(sha256: str) -> None:
    for variant in Variant:
        path_of(sha256, variant).unlink(missing_ok=True)


def older_than(limit: datetime) -> Iterator[str]:
    """Digests of the photos on disk written before `limit`; the younger may belong to a transaction under way."""
    for path in root().glob(f"[0-9a-f][0-9a-f]/*.{Variant.LARGE}.jpg"):
        if path.stat().st_mtime < limit.timestamp():
            yield path.name.split(".")[0]
