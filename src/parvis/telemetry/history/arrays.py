"""Arrays of thousands as PostgreSQL's binary protocol wants them, packed here: psycopg's own take three times as long.

Each is a parameter for a psycopg cursor (`%(instants)b`), once `adapt` has taught it to that cursor.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
"""Of PostgreSQL's instants, which are microseconds since then."""

ORIGIN_DAY = ORIGIN.date()

_HEADER = struct.Struct(">iiIii")
_FLOAT = struct.Struct(">id")
_NULL = struct.pack(">i", -1)


class PackedArray:
    """One dimension, of one type of PostgreSQL."""

    __slots__ = ("bytes",)

    def __init__(self, element: int, count: int, body: bytes, *, nulls: bool = False) -> None:
        self.bytes = _HEADER.pack(1, nulls, element, count, 1) + body


class BigInts(PackedArray):
    def __init__(self, values: Sequence[int]) -> None:
        super().__init__(20, len(values), _pack("iq", 8, values))


class Ints(PackedArray):
    def __init__(self, values: Sequence[int]) -> None:
        super().__init__(23, len(values), _pack("ii", 4, values))


class Instants(PackedArray):
    def __init__(self, micros: Sequence[int]) -> None:
        """Microseconds since ORIGIN."""
        super().__init__(1184, len(micros), _pack("iq", 8, micros))


class Floats(PackedArray):
    def __init__(self, values: Sequence[float | None]) -> None:
        body = b"".join([_NULL if value is None else _FLOAT.pack(8, value) for value in values])
        super().__init__(701, len(values), body, nulls=True)


def _pack(item: str, size: int, values: Sequence[int]) -> bytes:
    flat = [size] * (2 * len(values))
    flat[1::2] = values
    return struct.pack(f">{item * len(values)}", *flat)


def micros_of(instant: datetime) -> int:
    """Microseconds since ORIGIN of an aware instant."""
    since = instant - ORIGIN
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: PackedArray) -> Buffer:
        return obj.bytes


class _BigIntsDumper(_PackedDumper):
    oid = 1016


class _IntsDumper(_PackedDumper):
    oid = 1007


class _InstantsDumper(_PackedDumper):
    oid = 1185


class _FloatsDumper(_PackedDumper):
    oid = 1022


def adapt(cursor: psycopg.Cursor[Any]) -> psycopg.Cursor[Any]:
    for type_, dumper in (
        (BigInts, _BigIntsDumper),
        (Ints, _IntsDumper),
        (Instants, _InstantsDumper),
        (Floats, _FloatsDumper),
    ):
        cursor.adapters.register_dumper(type_, dumper)
    return cursor
