"""What every page's frame needs, under one name (`shell`) so that no view's own context can collide with it.

Nothing here queries the database: the page of error 500 is drawn with it too.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from parvis.capabilities.design.theme import LABELS, Theme, chosen


@dataclass(frozen=True, kw_only=True)
class Frame:
    organisation: Any
    """Whose portal address this is; None before a territory is loaded."""
    theme: Theme
    themes: tuple[tuple[Theme, Any], ...]
    tiles_style_url: str
    demo: bool


def default_theme(request: HttpRequest) -> Theme:
    """A control room is dark unless its operators say otherwise: screens are many and nights are long."""
    match = request.resolver_match
    in_control_room = match is not None and match.namespaces[:1] == ["control_room"]
    return Theme.DARK if in_control_room else Theme.AUTO


def shell(request: HttpRequest) -> dict[str, Frame]:
    return {
        "shell": Frame(
            organisation=getattr(request, "organisation", None),
            theme=chosen(request, default_theme(request)),
            themes=tuple(LABELS.items()),
            tiles_style_url=settings.PARVIS_TILES_STYLE_URL,
            demo=settings.PARVIS_DEMO,
        )
    }
