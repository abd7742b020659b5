"""DateTime of NGSI-LD (ETSI GS CIM 009 V1.8.1, 4.6.3): UTC and `Z` only."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.ngsild.names import shown

_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?Z\Z", re.ASCII)

instant = instant_text
"""How we write an instant: `2026-01-05T08:00:00Z`, with microseconds only when there are any."""


def parse_datetime(given: Any, what: str = "A DateTime") -> datetime:
    """Aware, UTC; digits beyond microseconds are dropped. Raises BadRequestData."""
    if type(given) is str:
        try:
            return _parsed(given)
        except ValueError:
            pass
    raise BadRequestData(f"{what} is not of the form 2026-01-05T08:00:00Z: {shown(given)}.")


@lru_cache(maxsize=4096)
def _parsed(text: str) -> datetime:
    if not _DATETIME.match(text):
        raise ValueError
    return datetime.fromisoformat(text)
