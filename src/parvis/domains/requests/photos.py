"""Photos of requests: held while a form is corrected, kept with the request, shown to who may see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.utils.datastructures import MultiValueDict

from parvis.capabilities.files import drafts, services, serving
from parvis.capabilities.files.models import StoredFile
from parvis.capabilities.files.store import Variant
from parvis.domains.requests.models import Request
from parvis.foundations.territory import selectors as territory
from parvis.kernel.errors import Refusal


@dataclass(frozen=True, kw_only=True)
class Held:
    """A photo sent with a form that is not accepted yet. The place is where the camera says it was, EPSG:4326."""

    token: str
    preview_url: str
    is_new: bool
    place: tuple[float, float] | None

    @property
    def proposes_place(self) -> bool:
        """A photo just sent, taken in the territory: what it shows is probably what is reported."""
        return self.is_new and self.place is not None and territory.commune_at(*self.place) is not None


class PhotoForm(Protocol):
    """A form with the fields `photo` and `held`."""

    data: Mapping[str, Any]
    files: "MultiValueDict[str, UploadedFile[bytes]]"

    def hold(self, token: str) -> None: ...

    def add_error(self, field: str | None, error: Any) -> None: ...

    def full_clean(self) -> None: ...


def hold(upload: "UploadedFile[bytes]") -> Held:
    """Raises `PhotoTooLarge`, `NotAPhoto`."""
    token = drafts.hold(upload)
    return Held(token=token, preview_url=drafts.preview_url(token), is_new=True, place=drafts.claim(token).taken_at)


def _held_of(form: PhotoForm) -> Held | None:
    if form.data.get("drop_photo"):
        return None
    if upload := form.files.get("photo"):
        return hold(upload)
    if token := str(form.data.get("held", "")):
        place = drafts.claim(token).taken_at
        return Held(token=token, preview_url=drafts.preview_url(token), is_new=False, place=place)
    return None


def keep(form: PhotoForm) -> Held | None:
    """The photo of this form, held from now on whatever becomes of the other fields; a refusal is put beside its field."""
    try:
        held = _held_of(form)
    except Refusal as refusal:
        form.hold("")
        form.full_clean()
        form.add_error("photo", str(refusal))
        return None
    form.hold(held.token if held else "")
    form.full_clean()
    return held


def attach(token: str, service_request: Request, *, now: datetime) -> None:
    """Raises `DraftLost`."""
    services.store_photo(drafts.claim(token), owner_urn=service_request.urn, now=now)


def store(upload: "UploadedFile[bytes]", service_request: Request, *, now: datetime) -> None:
    """Raises `PhotoTooLarge`, `NotAPhoto`."""
    services.store_photo(upload, owner_urn=service_request.urn, now=now)


def of(service_request: Request) -> list[StoredFile]:
    return list(StoredFile.objects.filter(owner_urn=service_request.urn, erased_at=None).order_by("created_at", "id"))


def serve(service_request: Request, photo_id: int, variant: str) -> HttpResponse:
    """The caller has checked that this reader may see the request."""
    file = StoredFile.objects.filter(pk=photo_id, owner_urn=service_request.urn).first()
    if file is None or variant not in {known.value for known in Variant}:
        raise Http404
    return serving.serve(file, variant)


def erase(service_request: Request, *, now: datetime) -> None:
    services.discard(owner_urn=service_request.urn, now=now)
