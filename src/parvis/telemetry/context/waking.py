"""The PostgreSQL channel by which a commit wakes reactors and live maps."""

from collections.abc import Iterable

CHANNEL = "parvis_changes"

EVERYTHING = "*"
"""Payload that stands for more things than are worth naming."""

NOTHING = ""
"""Payload that wakes the reactors and concerns no map."""

_PAYLOAD_BYTES = 7900  # NOTIFY refuses 8000


def payloads(ids: Iterable[int]) -> list[str]:
    """The ids, comma separated, in as few payloads as NOTIFY's limit allows."""
    chunks: list[str] = []
    chunk = ""
    for number in map(str, ids):
        if chunk and len(chunk) + 1 + len(number) > _PAYLOAD_BYTES:
            chunks.append(chunk)
            chunk = number
        else:
            chunk = f"{chunk},{number}" if chunk else number
    return [*chunks, chunk] if chunk else chunks


def ids_of(payload: str) -> list[int] | None:
    """None for `EVERYTHING`."""
    return None if payload == EVERYTHING else [int(number) for number in payload.split(",") if number]
