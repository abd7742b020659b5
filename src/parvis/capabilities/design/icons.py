"""Lucide icons (ISC licence, npm package `lucide-static`) written inside the page: no request, and they take the text's colour."""

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class UnknownIcon(LookupError):
    """No such icon in the installed Lucide; see https://lucide.dev/icons for the names."""


@cache
def shapes(name: str) -> SafeString:
    """The drawing of an icon without its <svg> tag, in a 24 x 24 box. Raises UnknownIcon."""
    file = Path(settings.NODE_MODULES) / "lucide-static" / "icons" / f"{name}.svg"
    if "/" in name or not file.is_file():
        raise UnknownIcon(name)
    found = _SHAPES.search(file.read_text(encoding="utf-8"))
    assert found, f"{file} holds no <svg>"
    return mark_safe(" ".join(found[1].split()))  # noqa: S308 - our own locked dependency, not user text


def icon(name: str, modifier: str = "") -> SafeString:
    """Always decorative: what it means must be written beside it, or in a `visually-hidden` text."""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round"'
        ' stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        f" icon--{modifier}" if modifier else "",
        shapes(name),
    )
