"""What any JSON of a client must be, so that it can be stored and served again: bounded, finite, of valid text."""

import sys
from math import isfinite
from typing import Any

from parvis.telemetry.context.attributes import NULL
from parvis.telemetry.context.broker.problems import BadRequestData

MOST_DEPTH = 64
"""Of arrays, objects and sub-attributes in one another. More is a mistake or an attack, and would exhaust the stack of readers."""

_MOST_INTEGER = int(sys.float_info.max)
"""As much as a float may hold: larger ones fit no reader in any other language."""


def check_text(text: str) -> None:
    """PostgreSQL stores neither NUL nor half a surrogate pair. Raises BadRequestData."""
    if "\0" in text:
        raise BadRequestData("A text holds the character NUL, which cannot be stored.")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise BadRequestData("A text holds half a surrogate pair, which is no character.") from None


def check_value(value: Any, depth: int, nulls: bool) -> None:
    """A JSON value inside another. `nulls`: `urn:ngsi-ld:null` may stand in it. Raises BadRequestData."""
    kind = type(value)
    if kind is str:
        if value == NULL and not nulls:
            raise BadRequestData("urn:ngsi-ld:null may not stand inside a value here.")
        check_text(value)
    elif kind is float:
        if not isfinite(value):
            raise BadRequestData("A number is not finite.")
    elif kind is int:
        if not -_MOST_INTEGER <= value <= _MOST_INTEGER:
            raise BadRequestData("A number is too large.")
    elif kind is dict:
        check_depth(depth)
        for key, one in value.items():
            check_text(key)
            check_value(one, depth + 1, nulls)
    elif kind is list:
        check_depth(depth)
        for one in value:
            check_value(one, depth + 1, False)  # an array is replaced as a whole: nothing is deleted inside


def check_depth(depth: int) -> None:
    if depth > MOST_DEPTH:
        raise BadRequestData(f"The data are nested more than {MOST_DEPTH} deep.")
