"""Codecs that need no program.

Cayenne Low Power Payload (myDevices, 2016): for each value its channel, its type, then its bytes, big-endian. A field is named
by its type and channel, as The Things Stack does: `temperature_3`, `gps_1.latitude` (degrees, EPSG:4326). The types above
`gps` are those that device libraries added since (IPSO objects less 3200).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .models.codec import Kind


class Unreadable(ValueError):
    """These bytes are not of that format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """`ends` are where each of its numbers ends; a field of several has a member for each."""

    name: str
    ends: tuple[int, ...]
    divisors: tuple[int, ...] = (1,)
    signed: bool = False
    members: tuple[str, ...] = ()

    def read(self, data: bytes) -> Any:
        numbers = [
            _number(data[start:end], divisor, signed=self.signed)
            for (start, end), divisor in zip(pairwise((0, *self.ends)), self._divisors(), strict=True)
        ]
        return dict(zip(self.members, numbers, strict=True)) if self.members else numbers[0]

    def _divisors(self) -> Sequence[int]:
        return self.divisors if len(self.divisors) == len(self.ends) else self.divisors * len(self.ends)


def _number(data: bytes, divisor: int, *, signed: bool) -> int | float:
    number = int.from_bytes(data, "big", signed=signed)
    return number if divisor == 1 else number / divisor


_AXES = ("x", "y", "z")
_TYPES = {
    0: _Field(name="digital_in", ends=(1,)),
    1: _Field(name="digital_out", ends=(1,)),
    2: _Field(name="analog_in", ends=(2,), divisors=(100,), signed=True),
    3: _Field(name="analog_out", ends=(2,), divisors=(100,), signed=True),
    100: _Field(name="generic", ends=(4,)),
    101: _Field(name="luminosity", ends=(2,)),  # lux
    102: _Field(name="presence", ends=(1,)),
    103: _Field(name="temperature", ends=(2,), divisors=(10,), signed=True),  # °C
    104: _Field(name="relative_humidity", ends=(1,), divisors=(2,)),  # %
    113: _Field(name="accelerometer", ends=(2, 4, 6), divisors=(1000,), signed=True, members=_AXES),  # g
    115: _Field(name="barometric_pressure", ends=(2,), divisors=(10,)),  # hPa
    116: _Field(name="voltage", ends=(2,), divisors=(100,)),  # V
    117: _Field(name="current", ends=(2,), divisors=(1000,)),  # A
    118: _Field(name="frequency", ends=(4,)),  # Hz
    120: _Field(name="percentage", ends=(1,)),
    121: _Field(name="altitude", ends=(2,), signed=True),  # m
    125: _Field(name="concentration", ends=(2,)),  # ppm
    128: _Field(name="power", ends=(2,)),  # W
    130: _Field(name="distance", ends=(4,), divisors=(1000,)),  # m
    131: _Field(name="energy", ends=(4,), divisors=(1000,)),  # kWh
    132: _Field(name="direction", ends=(2,)),  # °
    133: _Field(name="unix_time", ends=(4,)),  # s since 1970 UTC
    134: _Field(name="gyrometer", ends=(2, 4, 6), divisors=(100,), signed=True, members=_AXES),  # °/s
    135: _Field(name="colour", ends=(1, 2, 3), members=("red", "green", "blue")),
    136: _Field(
        name="gps",
        ends=(3, 6, 9),
        divisors=(10_000, 10_000, 100),  # °, °, m
        signed=True,
        members=("latitude", "longitude", "altitude"),
    ),
    142: _Field(name="switch", ends=(1,)),
}


def read_cayenne(payload: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    at = 0
    while at < len(payload):
        if at + 2 > len(payload):
            raise Unreadable(f"byte {at}: a channel without type")
        channel, code = payload[at], payload[at + 1]
        field = _TYPES.get(code)
        if field is None:
            raise Unreadable(f"byte {at + 1}: unknown type {code}")
        data = payload[at + 2 : at + 2 + field.ends[-1]]
        if len(data) < field.ends[-1]:
            raise Unreadable(f"byte {at + 2}: {field.name} has {field.ends[-1]} bytes, {len(data)} are left")
        fields[f"{field.name}_{channel}"] = field.read(data)
        at += 2 + field.ends[-1]
    if not fields:
        raise Unreadable("no value")
    return fields


_READERS: Mapping[str, Callable[[bytes], dict[str, Any]]] = {Kind.CAYENNE: read_cayenne}


def decode(kind: str, payload: bytes, f_port: int) -> dict[str, Any]:
    """The fields, by the built-in codec of this kind (`models.Kind`). Raises `Unreadable`, a ValueError, whose text says where.

    `f_port` says nothing in Cayenne LPP: makers use any.
    """
    return _READERS[kind](payload)
