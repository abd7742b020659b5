"""A command into bytes, by the codec's own `encodeDownlink` (TS013), in the sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from parvis.telemetry.devices.models import Codec, Kind
from parvis.telemetry.devices.sandbox import CodecPool, Failure, Program
from parvis.telemetry.devices.sandbox.values import DANGEROUS


class EncodingRefused(Exception):
    """The codec cannot make bytes of this command; the text is what it said, in its maker's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """`f_port` None: the codec leaves the choice."""

    payload: bytes
    f_port: int | None


def encode(codec: Codec, command: Mapping[str, Any]) -> Encoded:
    """In a process of its own, so that ingestion never waits for it. Raises `EncodingRefused`."""
    if codec.kind != Kind.JAVASCRIPT:
        raise EncodingRefused(codec.get_kind_display())
    program = Program(key=f"downlink-{codec.pk}", source=codec.source)
    with CodecPool() as pool:
        answer = pool.run(program, "encodeDownlink", {"data": dict(command)})
    if isinstance(answer, Failure):
        stopped = _("il prend trop de temps ou de mémoire, et a été arrêté.")
        raise EncodingRefused(stopped if answer.kind in DANGEROUS else answer.detail or answer.kind.value)
    return read_answer(answer.data)


def read_answer(answer: Mapping[str, Any]) -> Encoded:
    """`{bytes: [...], fPort, warnings, errors}`. Raises `EncodingRefused`."""
    if errors := answer.get("errors"):
        raise EncodingRefused(" ; ".join(map(str, errors)) if isinstance(errors, list) else str(errors))
    listed, port = answer.get("bytes"), answer.get("fPort")
    if not isinstance(listed, list) or not all(_is_whole(one, 255) for one in listed):
        raise EncodingRefused("bytes: not a list of numbers from 0 to 255")
    if port is not None and not _is_whole(port, 255):
        raise EncodingRefused("fPort: not a number from 0 to 255")
    return Encoded(payload=bytes(int(one) for one in listed), f_port=None if port is None else int(port))


def _is_whole(value: object, most: int) -> bool:
    """JavaScript has but one kind of number: 1.0 is 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most and value == int(value)
