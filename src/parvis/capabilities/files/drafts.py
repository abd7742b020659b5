"""A photo of a form that was refused: held for a day, so that the person does not have to choose it again.

What is held is already stripped; where it was taken travels in the token, which only the sender has and only we can sign.
"""

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from parvis.capabilities.files import store
from parvis.capabilities.files.models import MEDIA_TYPE
from parvis.capabilities.files.photos import Place, photo_from
from parvis.kernel.errors import Refusal

KEEP = timedelta(hours=24)
_SALT = "parvis.capabilities.files.drafts"


class DraftLost(Refusal):
    """The token is forged, or the photo was held for more than a day."""

    status = 410
    code = "draft-lost"
    message = _("La photo n’a pas pu être gardée. Joignez-la à nouveau.")


class HeldUpload(SimpleUploadedFile):
    """What `claim` gives back, to be handed to `store_photo` as an upload is."""

    def __init__(self, name: str, content: bytes, taken_at: Place | None) -> None:
        super().__init__(name, content, MEDIA_TYPE)
        self.taken_at = taken_at


def hold(upload: "UploadedFile[Any]") -> str:
    """The token to put in the form, URL-safe. Raises `PhotoTooLarge`, `NotAPhoto`."""
    photo = photo_from(upload)
    name = secrets.token_hex(16)
    store.write(_path(name), photo.large)
    return signing.dumps({"name": name, "place": photo.taken_at}, salt=_SALT, compress=True)


def claim(token: str) -> HeldUpload:
    """The photo, as often as asked for during a day. Raises `DraftLost`."""
    try:
        held = signing.loads(token, salt=_SALT, max_age=KEEP)
        content = _path(held["name"]).read_bytes()
    except (signing.BadSignature, FileNotFoundError) as error:
        raise DraftLost from error
    place = held["place"]
    return HeldUpload("photo.jpg", content, (place[0], place[1]) if place else None)


def preview_url(token: str) -> str:
    """Where the form shows what it holds."""
    return reverse("portal:files:held", args=[token])


def purge_held(now: datetime) -> int:
    """Removes what was held for more than a day; answers how many."""
    limit = (now - KEEP).timestamp()
    old = [path for path in _root().glob("*.jpg") if path.stat().st_mtime < limit]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _root() -> Path:
    return store.root() / "held"


def _path(name: str) -> Path:
    return _root() / f"{name}.jpg"
