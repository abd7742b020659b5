"""What the pages of a portal load from its organisation: its colours and its logo."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response, patch_cache_control

from parvis.foundations.organisations.logos import monogram_svg
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.rules.theme import theme
from parvis.kernel.access import public

FRESH_S = 300


@public
def theme_css(request: HttpRequest, slug: str) -> HttpResponse:
    """Variables of the design kit, light and dark."""
    organisation = get_object_or_404(Organisation.objects.only("primary_colour"), slug=slug)
    content = render_to_string("organisations/theme.css", {"theme": theme(organisation.primary_colour)})
    return _cached(request, content, "text/css; charset=utf-8")


def _cached(request: HttpRequest, content: str, content_type: str) -> HttpResponse:
    etag = f'"{hashlib.sha256(content.encode()).hexdigest()[:24]}"'
    unchanged = get_conditional_response(request, etag=etag)
    response = unchanged or HttpResponse(content, content_type=content_type)
    response.headers["ETag"] = etag
    patch_cache_control(response, public=True, max_age=FRESH_S)
    return response


@public
def logo_svg(request: HttpRequest, slug: str) -> HttpResponse:
    """The logo, else a monogram. Sanitised when it was uploaded, and locked here a second time."""
    rows = Organisation.objects.only("logo_svg", "name", "slug", "primary_colour")
    organisation = get_object_or_404(rows, slug=slug)
    drawn = organisation.logo_svg or monogram_svg(
        name=organisation.name, slug=organisation.slug, colour=organisation.primary_colour
    )
    response = _cached(request, drawn, "image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; img-src data:; sandbox; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
