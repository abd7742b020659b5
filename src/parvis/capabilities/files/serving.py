"""Answers with a photo. The caller is a view of the package that owns it, and has checked that this reader may see it."""

from django.http import HttpResponse

from parvis.capabilities.files.models import MEDIA_TYPE, StoredFile
from parvis.capabilities.files.store import Variant, path_of

FRESH_S = 24 * 3600


def serve(file: StoredFile, variant: Variant | str = Variant.LARGE) -> HttpResponse:
    """410 once the photo was erased. Raises `ValueError` for a variant that does not exist."""
    if file.erased_at is not None:
        return HttpResponse(status=410)
    content = path_of(file.sha256, Variant(variant)).read_bytes()
    return image_response(content, name=f"photo-{file.uuid}.jpg")


def image_response(content: bytes, *, name: str, media_type: str = MEDIA_TYPE) -> HttpResponse:
    """Shown in the page, kept by this browser alone, and inert should it be anything but an image."""
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = f"private, max-age={FRESH_S}"
    return response
