"""The further pages of answers, as far as they are needed (ETSI GS CIM 009 V1.8.1, 5.5.9)."""

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urljoin, urlsplit

from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.federation.forwarding import Forward, Reply, send

MOST_PAGES = 200
"""Asked of one source for one query."""

_NEXT = re.compile(r'<([^<>]*)>\s*;[^,]*rel="?next"?')


def followed(asked: Asked, replies: Sequence[Reply], needed: int | None) -> list[Reply]:
    """The replies and those of the pages after them, until a source has told of as many entities as are needed; None: all."""
    found = list(replies)
    told = {id(reply): _size(reply) for reply in replies}
    open_ends = [(reply, told[id(reply)]) for reply in replies]
    for _ in range(MOST_PAGES):
        going_on = [
            (forward, size)
            for reply, size in open_ends
            if (needed is None or size < needed) and (forward := _next(reply)) is not None
        ]
        if not going_on:
            break
        further = send(asked, [forward for forward, _ in going_on])
        found += further
        open_ends = [(reply, size + _size(reply)) for reply, (_, size) in zip(further, going_on, strict=True)]
    return found


def _size(reply: Reply) -> int:
    return len(reply.body) if isinstance(reply.body, list) else 0


def _next(reply: Reply) -> Forward | None:
    """The same question further on; only on the source itself, whatever its link says."""
    forward = reply.forward
    if reply.error is not None or not _size(reply):
        return None
    match = _NEXT.search(reply.headers.get("link", ""))
    if match is None:
        return None
    parts = urlsplit(urljoin(forward.source.endpoint + "/", match[1]))
    params = tuple(parse_qsl(parts.query, keep_blank_values=True))
    kept = tuple((name, value) for name, value in params if name != "local")
    return None if kept == forward.params else replace(forward, params=kept)
