"""Light or dark as the reader chose: a cookie read by the server, so that the first paint is already right."""

from enum import StrEnum

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

COOKIE = "theme"
COOKIE_AGE_S = 365 * 24 * 3600


class Theme(StrEnum):
    """`AUTO` follows the operating system and is the default; it is kept as the absence of the cookie."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


LABELS = {Theme.AUTO: _("Automatique"), Theme.LIGHT: _("Clair"), Theme.DARK: _("Sombre")}


def chosen(request: HttpRequest, default: Theme = Theme.AUTO) -> Theme:
    try:
        return Theme(request.COOKIES.get(COOKIE, default))
    except ValueError:
        return default


def remember(response: HttpResponse, theme: Theme, *, secure: bool) -> None:
    """A preference strictly needed for what the reader asked: no consent is due (CNIL, guidelines of 17 September 2020)."""
    response.set_cookie(COOKIE, theme, max_age=COOKIE_AGE_S, path="/", samesite="Lax", secure=secure)
