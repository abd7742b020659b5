"""The PostgreSQL channels by which a commit wakes live maps, and reactors when there is something for them."""

from collections.abc import Iterable

CHANNEL = "parvis_changes"
"""Of maps: its payloads are the things that changed."""

QUEUE = "parvis_queue"
"""Of reactors: something was put in the queue of a consumer. A thing that nobody follows wakes none of them."""

EVERYTHING = "*"
"""Payload that stands for more things than are worth naming."""

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
