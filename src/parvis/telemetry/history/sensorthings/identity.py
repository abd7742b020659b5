"""Numbers and texts by which clients know entities: made of what does not change, so that links may be kept.

A thing has the number of its row, a Datastream that number and the attribute's, an Observation that and the instant. What is observed
and the sensors have numbers made of their names: the same in every database.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5

from parvis.telemetry.history.sensorthings.model import Kind, Level

ATTRIBUTES = 1_000_000
"""Room for the number of the attribute in that of a Datastream. 9 milliard things fit in an integer that JavaScript reads exactly."""

LARGEST = 2**53

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OBSERVATION = re.compile(r"(\d{1,16})_(-?\d{1,18})\Z", re.ASCII)
_NUMBER = re.compile(r"\d{1,16}\Z", re.ASCII)

SEPARATOR = "\x1f"
"""Between name and source in what makes the number of a sensor: no name holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What tells an entity from others of its level; only the members of that level count."""

    entity: int = 0
    attribute: int = 0
    instant: datetime = _EPOCH
    name: str = ""
    source: str = ""
    code: int = 0


def code_of(text: str) -> int:
    """48 bits of it, as `properties.code` works out in SQL."""
    return int(md5(text.encode(), usedforsecurity=False).hexdigest()[:12], 16)


def key_of(kind: Kind, written: str | float) -> Key | None:
    """Of an id as in a path, `42` or `'42'`; None when no such entity can be."""
    text = str(written).strip("'") if isinstance(written, str) else f"{written:.0f}"
    if kind.level is Level.OBSERVATION:
        return _observation(text)
    if not _NUMBER.match(text) or int(text) > LARGEST:
        return None
    number = int(text)
    match kind.level:
        case Level.ENTITY:
            return Key(entity=number)
        case Level.STREAM:
            return Key(entity=number // ATTRIBUTES, attribute=number % ATTRIBUTES)
    return Key(code=number)


def observation_id(key: Key) -> str:
    """As `properties.identity` has it in SQL."""
    return f"{key.entity * ATTRIBUTES + key.attribute}_{(key.instant - _EPOCH) // timedelta(microseconds=1)}"


def _observation(text: str) -> Key | None:
    match = _OBSERVATION.match(text)
    if match is None or int(match[1]) > LARGEST:
        return None
    try:
        instant = _EPOCH + timedelta(microseconds=int(match[2]))
    except OverflowError:
        return None
    return Key(entity=int(match[1]) // ATTRIBUTES, attribute=int(match[1]) % ATTRIBUTES, instant=instant)
