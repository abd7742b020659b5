"""Whose portal this is: by host name, else by the path prefix `/c/<slug>/`, else the metropolis."""

import re
from collections.abc import Callable

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import get_script_prefix, set_script_prefix
from django.utils.translation import gettext as _

from parvis.foundations.organisations.models import PUBLIC_KINDS, Kind, Organisation

Next = Callable[[HttpRequest], HttpResponse]

_PREFIX = re.compile(r"/c/(?P<slug>[a-z0-9-]+)(?P<rest>/.*)?\Z")


class PortalMiddleware:
    """Sets `request.organisation`, None only before a territory is loaded.

    A prefix moves from the path to the script name, so that every `reverse()` of the request keeps it.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        prefixed = _PREFIX.match(request.path_info)
        slug = prefixed["slug"] if prefixed else ""
        request.organisation = _organisation(_host(request), slug)  # type: ignore[attr-defined]
        if prefixed is None:
            return self.get_response(request)
        outer = get_script_prefix()
        _enter(request, f"/c/{slug}", prefixed["rest"] or "/")
        try:
            return self.get_response(request)
        finally:
            set_script_prefix(outer)


def _host(request: HttpRequest) -> str:
    """Without its port; a refused host (400) is CommonMiddleware's to answer."""
    return request.META.get("HTTP_HOST", "").rsplit(":", 1)[0].lower() if request.META.get("HTTP_HOST") else ""


def _organisation(host: str, slug: str) -> Organisation | None:
    """One query whatever the address. Raises Http404 for a prefix that is no portal's."""
    wanted = Q(slug=slug, kind__in=PUBLIC_KINDS) if slug else Q(host=host) | Q(kind=Kind.METROPOLIS)
    found = list(Organisation.objects.filter(wanted).order_by("id")[:2])
    if slug and not found:
        raise Http404(_("Aucun portail n’a cette adresse."))
    return next((one for one in found if slug or one.host == host), None) or next(iter(found), None)


def _enter(request: HttpRequest, prefix: str, rest: str) -> None:
    script = request.META.get("SCRIPT_NAME", "").rstrip("/") + prefix
    request.META["SCRIPT_NAME"] = script
    request.path_info = request.META["PATH_INFO"] = rest
    request.path = f"{script}{rest}"
    set_script_prefix(f"{script}/")
