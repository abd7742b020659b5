"""The names of instances: said by what they are, so that none has to be stored, until one is moved in time."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from parvis.telemetry.history.names import AttributeKey, attribute_ids, attributes_of
from parvis.telemetry.history.rows import ORIGIN

_FORM = re.compile(r"urn:ngsi-ld:Instance:([0-9a-f]{1,15})-([0-9a-f]{1,7})-(m?)([0-9a-f]{1,15})\Z")
_MICROSECOND = timedelta(microseconds=1)


def namer(entity_id: int, key: AttributeKey) -> Callable[[datetime], str]:
    """What gives the name of the instance of this attribute of this thing at an instant."""
    prefix = f"urn:ngsi-ld:Instance:{entity_id:x}-{attribute_ids((key,))[key]:x}-"

    def name_at(observed_at: datetime) -> str:
        since = observed_at - ORIGIN
        micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        return f"{prefix}{micros:x}" if micros >= 0 else f"{prefix}m{-micros:x}"

    return name_at


def place_of(name: str) -> tuple[int, AttributeKey, datetime] | None:
    """Thing, attribute and instant that a name says; None of a name given otherwise."""
    match = _FORM.match(name)
    if match is None:
        return None
    attribute_id = int(match[2], 16)
    key = attributes_of((attribute_id,)).get(attribute_id) if attribute_id < 2**31 else None
    micros = int(match[4], 16) * (-1 if match[3] else 1)
    if key is None:
        return None
    try:
        return int(match[1], 16), key, ORIGIN + micros * _MICROSECOND
    except OverflowError:
        return None
