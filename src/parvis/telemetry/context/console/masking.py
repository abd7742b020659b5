"""Documents of subscriptions and registrations without the secrets they hold: headers for the receiver, passwords in addresses."""

import re
from typing import Any

MASK = "•••"
_PAIRS = frozenset(("receiverInfo", "contextSourceInfo", "notifierInfo"))
_OPEN = frozenset(
    ("accept", "content-type", "contenttype", "jsonldcontext", "mqtt-version", "mqtt-qos", "ngsild-tenant")
)
"""Headers that are no secret, whatever they hold."""
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")


def masked(document: Any) -> Any:
    """A copy to show."""
    if isinstance(document, dict):
        return {name: _pairs(value) if name in _PAIRS else masked(value) for name, value in document.items()}
    if isinstance(document, list):
        return [masked(one) for one in document]
    return without_password(document) if isinstance(document, str) else document


def without_password(address: str) -> str:
    return _PASSWORD.sub(rf"\1:{MASK}@", address)


def _pairs(pairs: Any) -> Any:
    if not isinstance(pairs, list):
        return MASK
    return [
        pair if isinstance(pair, dict) and str(pair.get("key", "")).lower() in _OPEN else _hidden(pair)
        for pair in pairs
    ]


def _hidden(pair: Any) -> Any:
    return {**pair, "value": MASK} if isinstance(pair, dict) else MASK
