"""The sign of an organisation in a header. A logo is shown as an image, never inlined: an SVG may hold scripts, and the
page's security policy would break its styles."""

from base64 import b64encode
from typing import Protocol

from django.utils.html import format_html
from django.utils.safestring import SafeString


class Signed(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def short_name(self) -> str: ...

    @property
    def logo_svg(self) -> str: ...


def mark(organisation: Signed | None) -> SafeString:
    if organisation is not None and organisation.logo_svg:
        source = b64encode(organisation.logo_svg.encode()).decode()
        return format_html('<img class="mark" alt="" src="data:image/svg+xml;base64,{}">', source)
    name = "Parvis" if organisation is None else (organisation.short_name or organisation.name)
    return format_html('<span class="mark mark--initial" aria-hidden="true">{}</span>', name[:1].upper())
