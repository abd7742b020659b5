"""The sentence an operator reads first, from the template written in the rule."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from parvis.kernel.errors import Refusal

PLACES = ("thing", "value", "threshold", "unit", "attribute")
"""What a template may name between braces; `str.format` is not used, since it would let a template read any attribute."""

_PLACE = re.compile(r"\{([^{}]*)\}")

MAX_LENGTH = 200


class UnknownPlace(Refusal):
    code = "title-unknown-place"
    message = _("Entre accolades, un titre ne peut contenir que : {thing}, {value}, {threshold}, {unit}, {attribute}.")


def check_template(template: str) -> None:
    """Raises `UnknownPlace`."""
    if any(place not in PLACES for place in _PLACE.findall(template)):
        raise UnknownPlace


def fill(template: str, values: Mapping[str, Any]) -> str:
    text = _PLACE.sub(lambda found: spoken(values.get(found.group(1), "")), template)
    return " ".join(text.split())[:MAX_LENGTH]


def spoken(value: Any) -> str:
    """A value as a French reader writes it: `3,5`, `oui`."""
    match value:
        case bool():
            return str(_("oui") if value else _("non"))
        case float():
            return f"{value:.6g}".replace(".", ",")
        case None:
            return "–"
        case _:
            return str(value)


def delay_text(minutes: int) -> str:
    """A time to act, in the largest unit that says it exactly: `45 minutes`, `2 heures`, `3 jours`."""
    if minutes % 1440 == 0:
        return ngettext("%(count)d jour", "%(count)d jours", minutes // 1440) % {"count": minutes // 1440}
    if minutes % 60 == 0:
        return ngettext("%(count)d heure", "%(count)d heures", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
