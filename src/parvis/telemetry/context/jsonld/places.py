"""URLs of the @contexts this broker serves itself, under whatever name it is reached."""

import re
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.http.request import validate_host

from parvis.telemetry.context.jsonld.product import PRODUCT_ID

PATH: Final = "/ngsi-ld/v1/jsonldContexts/"

_OWN = re.compile(r"(?:https?://[^/?#]+)?/(?:[^?#]*/)?ngsi-ld/v1/jsonldContexts/([^/?#]+)/?\Z")


def own_url(local_id: str) -> str:
    return settings.PARVIS_SITE_URL + PATH + quote(local_id, safe="")


def product_url() -> str:
    return own_url(PRODUCT_ID)


def own_id(url: str) -> str | None:
    """The local id in a URL that has the form of ours: of this broker, or of another."""
    match = _OWN.match(url)
    return unquote(match[1]) if match else None


def is_product(url: str) -> bool:
    """Whether it is our own product context: every Parvis has one, each with the terms of its packages."""
    return own_id(url) == PRODUCT_ID and _is_our_host(url)


def is_here(url: str) -> bool:
    """Whether it can only be ours: calling it would be calling ourselves."""
    return _host(url)[0] == _host(settings.PARVIS_SITE_URL)[0]


def _is_our_host(url: str) -> bool:
    netloc, host = _host(url)
    return not netloc or is_here(url) or validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS)


def _host(url: str) -> tuple[str, str]:
    """With and without the port; an impossible host is nobody's."""
    try:
        parts = urlsplit(url)
        return parts.netloc, parts.hostname or ""
    except ValueError:
        return "impossible", ""
