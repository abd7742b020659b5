"""Clients that understand an earlier NGSI-LD only: `Prefer: ngsi-ld=1.5` (ETSI GS CIM 009 V1.9.1, 6.3.18; RFC 7240)."""

import re
from collections.abc import Sequence

from parvis.telemetry.context.broker.answering import Answer
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.ngsild.versions import Version, is_altered
from parvis.telemetry.context.store.values import Stored

_PREFERENCE = re.compile(
    r'(?:^|,)\s*ngsi-ld\s*=\s*"?(\d{1,3})\.(\d{1,3})"?\s*(?:;[^,]*)?(?=,|$)', re.IGNORECASE | re.ASCII
)


def version_of(asked: Asked) -> Version | None:
    """None when nothing is preferred."""
    match = _PREFERENCE.search(asked.headers.get("prefer", ""))
    return (int(match[1]), int(match[2])) if match else None


def as_understood(asked: Asked, answer: Answer, things: Sequence[Stored]) -> Answer:
    """Told that the preference was applied: 203 when something of these things had to be altered for it."""
    version = version_of(asked)
    if version is not None:
        answer.headers["Preference-Applied"] = f"ngsi-ld={version[0]}.{version[1]}"
        if answer.status == 200 and any(is_altered(thing.attributes, version) for thing in things):
            answer.status = 203
    return answer
