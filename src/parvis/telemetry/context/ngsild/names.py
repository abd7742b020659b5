"""Identifiers and scopes (ETSI GS CIM 009 V1.8.1, 4.6.1, 4.18)."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

from parvis.telemetry.context.attributes import NULL
from parvis.telemetry.context.broker.problems import BadRequestData

MOST_ID_BYTES = 1_500
MOST_NAME_BYTES = 1_000
"""Of an identifier, and of the IRI of a type or attribute. They stand in B-tree indexes, two in one entry, which holds 2,704 bytes."""

DEFAULT_DATASET = "@none"

_PLAIN_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[!#-;=?-\[\]_a-z~]+\Z")
"""Of ASCII: all that is visible, but for `"`, `<`, `>`, `\\`, `^`, `` ` ``, `{`, `|` and `}` (RFC 3987)."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_NEVER_IN_ASCII = frozenset('"<>\\^`{|}')
_UNSAFE = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"])
"""Unicode categories: controls, bidirectional and zero-width marks, surrogates, private, unassigned, white space."""
_SCOPE = re.compile(r"/?[^\W\d_]\w*(/[^\W\d_]\w*)*\Z")


def is_uri(text: Any) -> bool:
    """Whether it is an absolute IRI (RFC 3987) that shows all it holds."""
    if type(text) is not str or len(text) > MOST_ID_BYTES:
        return False
    if _PLAIN_URI.match(text):
        return True
    return not text.isascii() and _is_wide_uri(text)


@lru_cache(maxsize=4096)
def _is_wide_uri(text: str) -> bool:
    scheme = _SCHEME.match(text)
    if scheme is None or scheme.end() == len(text) or len(text.encode("utf-8", "surrogatepass")) > MOST_ID_BYTES:
        return False
    return not any(char in _NEVER_IN_ASCII or unicodedata.category(char) in _UNSAFE for char in text)


def uri(given: Any, what: str = "The id") -> str:
    """Raises BadRequestData."""
    if is_uri(given) and given != NULL:
        return str(given)
    if given == NULL:
        raise BadRequestData(f"{what} is urn:ngsi-ld:null, which identifies nothing.")
    raise BadRequestData(f"{what} is not a URI: {shown(given)}.")


def dataset_id(given: Any) -> str:
    """Empty for the default instance, which may be written `@none`. Raises BadRequestData."""
    if given == DEFAULT_DATASET:
        return ""
    return uri(given, "A datasetId")


def scopes(given: Any) -> list[str]:
    """Each scope once, with its leading slash, in the order given. Raises BadRequestData."""
    listed = given if isinstance(given, list) else [given]
    if not listed:
        raise BadRequestData("scope is an empty array.")
    found: dict[str, None] = {}
    for one in listed:
        if not isinstance(one, str) or len(one.encode(errors="replace")) > MOST_NAME_BYTES or not _SCOPE.match(one):
            raise BadRequestData(f"This is not a scope: {shown(one)}.")
        found["/" + one.removeprefix("/")] = None
    return list(found)


def shown(given: Any) -> str:
    """What a client sent, fit for an error text: short, and of ASCII."""
    text = ascii(given)
    return text if len(text) <= 80 else text[:77] + "..."
