"""What every answer carries, and how expected refusals are shown."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from parvis.kernel.errors import Problem, Refusal, problem_response

Next = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


class ContentSecurityPolicyMiddleware:
    """Nothing inline, nothing from elsewhere; a view may set a stricter policy."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy())
        response.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()")
        return response


def policy() -> str:
    """With the origin of the tile server, when the deployment has one."""
    if not settings.PARVIS_TILES_STYLE_URL:
        return POLICY
    parts = urlsplit(settings.PARVIS_TILES_STYLE_URL)
    origin = f"{parts.scheme}://{parts.netloc}"
    return POLICY.replace("img-src 'self'", f"img-src 'self' {origin}") + f"; connect-src 'self' {origin}"


LARGEST_BODY = 64 * 1024 * 1024
"""Of any request to a page. Above what a form accepts (20 MB a photo), so that whoever sends too large a photo reads why beside
the field; below what would fill the disk, since a form is written there before its view sees it."""


class BodySizeMiddleware:
    """Refuses a body by the length it announces, before a byte of it is read; without a length, none is (PEP 3333)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or len(length) > 18 or int(length) > LARGEST_BODY:
            reason = _("L’envoi est trop volumineux : 64 Mo au plus.")
            if request.path_info.startswith("/api/"):
                return problem_response(Problem(status=413, title=reason))
            return render(request, "errors/413.html", {"reason": reason}, status=413)
        return self.get_response(request)


class RefusalMiddleware:
    """A `Refusal` that a view let through becomes a problem+json on APIs, a page elsewhere."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """No address of ours holds a NUL, and PostgreSQL refuses to look for one."""
        if "\0" in request.path_info:
            raise Http404

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if request.path_info.startswith("/api/"):
            return problem_response(Problem.of(exception))
        return render(request, f"errors/{exception.status}.html", {"reason": str(exception)}, status=exception.status)
