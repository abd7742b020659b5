"""Which form a client wants its answer in (ETSI GS CIM 009 V1.8.1, 6.3.4; RFC 9110, 12.5.1)."""

from collections.abc import Sequence
from enum import StrEnum


class Media(StrEnum):
    JSON = "application/json"
    LD = "application/ld+json"
    GEO = "application/geo+json"


JSON_AND_LD = (Media.JSON, Media.LD)
WITH_GEO = (Media.JSON, Media.LD, Media.GEO)


def negotiated(accept: str, offered: Sequence[Media]) -> Media | None:
    """The offered form the client likes best; of equals, the first offered. None when it likes none of them."""
    if not accept or accept == "*/*":
        return offered[0]
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    weighed = [(_weight(media, ranges), -position) for position, media in enumerate(offered)]
    weight, position = max(weighed)
    return offered[-position] if weight > 0 else None


def _range(text: str) -> tuple[str, float]:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return kind, 1.0
            return kind, weight if 0 <= weight <= 1 else 1.0
    return kind, 1.0


def _weight(media: Media, ranges: Sequence[tuple[str, float]]) -> float:
    """That of the most precise range which names it."""
    best, found = -1, 0.0
    for kind, weight in ranges:
        precision = 2 if kind == media else 1 if kind == "application/*" else 0 if kind == "*/*" else -1
        if precision > best:
            best, found = precision, weight
    return found
