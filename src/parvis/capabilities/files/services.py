"""Keeps photos, and erases them."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import QuerySet

from parvis.capabilities.files import store
from parvis.capabilities.files.drafts import HeldUpload
from parvis.capabilities.files.models import StoredFile
from parvis.capabilities.files.photos import NotAPhoto, PhotoTooLarge, photo_from

__all__ = ["KEEP_DAYS", "NotAPhoto", "PhotoTooLarge", "discard", "purge", "store_photo"]

KEEP_DAYS = 3 * 365
"""At most, whatever the photo illustrates; its package discards it sooner with what it illustrates."""
ORPHAN_AFTER = timedelta(hours=1)


@transaction.atomic
def store_photo(upload: "UploadedFile[Any]", *, owner_urn: str, now: datetime) -> StoredFile:
    """The photo, upright, without metadata; `taken_at` of the answer is where the camera says it was.

    Raises `PhotoTooLarge`, `NotAPhoto`.
    """
    photo = photo_from(upload)
    sha256 = hashlib.sha256(photo.large).hexdigest()
    _lock(sha256)
    store.write(store.path_of(sha256, store.Variant.LARGE), photo.large)
    store.write(store.path_of(sha256, store.Variant.SMALL), photo.small)
    file = StoredFile.objects.create(
        owner_urn=owner_urn,
        sha256=sha256,
        size=len(photo.large),
        width=photo.width,
        height=photo.height,
        created_at=now,
    )
    file.taken_at = upload.taken_at if isinstance(upload, HeldUpload) else photo.taken_at
    return file


def discard(*, owner_urn: str, now: datetime) -> int:
    """Erases the photos of what goes; answers how many."""
    return _erase(StoredFile.objects.filter(owner_urn=owner_urn), now)


def purge(now: datetime) -> int:
    """Erases the photos past their term, and files that no row tells of; answers how many photos."""
    erased = _erase(StoredFile.objects.filter(created_at__lt=now - timedelta(days=KEEP_DAYS)), now)
    _sweep(store.older_than(now - ORPHAN_AFTER))
    return erased


@transaction.atomic
def _erase(files: QuerySet[StoredFile], now: datetime) -> int:
    """The rows stay, without their bytes: what points at them still says that there was a photo."""
    shas = set(files.filter(erased_at=None).values_list("sha256", flat=True))
    count = files.filter(erased_at=None).update(erased_at=now)
    transaction.on_commit(lambda: _sweep(shas))
    return count


def _sweep(shas: Iterable[str]) -> None:
    """Removes from disk those that no row keeps. After the commit: a rollback must find its bytes again."""
    for sha256 in shas:
        with transaction.atomic():
            _lock(sha256)
            if not StoredFile.objects.filter(sha256=sha256, erased_at=None).exists():
                store.erase(sha256)


def _lock(sha256: str) -> None:
    """Until the transaction ends, nobody else writes or removes these bytes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [sha256])
