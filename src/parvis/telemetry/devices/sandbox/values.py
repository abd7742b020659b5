"""What goes into the sandbox and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A codec: `key` tells its version, so that a changed source never meets the context of the old one.

    `fresh`: each call gets a context of its own, as with The Things Network and ChirpStack, at a tenth of the speed: for a codec
    that would keep something of one device for the next.
    """

    key: str
    source: str
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One uplink to decode; `at_ms` is the reception time, milliseconds since 1970 UTC."""

    program: Program
    payload: bytes
    f_port: int
    at_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """Any function of a codec (a key of `worker.FUNCTIONS`) on its whole input object. `recvTime` may be a text or milliseconds:
    the codec gets a Date."""

    program: Program
    function: str
    input: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """`data` is what the codec answered, a JSON object: of a `Call`, the decoded fields; of an `Invocation`, all of it."""

    data: dict[str, Any]
    warnings: tuple[str, ...] = ()


class FailureKind(StrEnum):
    """BROKEN to EXHAUSTED say something of the codec's text; the last three stopped a worker or nearly did."""

    BROKEN = "broken"
    """Its text does not compile, or holds no decoding function."""
    THROWN = "thrown"
    """It threw, or said in `errors` that it cannot read this payload."""
    INVALID = "invalid"
    """It answered something else than a JSON object of reasonable size."""
    EXHAUSTED = "exhausted"
    """It took more memory than a codec may."""
    OVERRAN = "overran"
    """It did not answer in time and its process was killed."""
    CRASHED = "crashed"
    """Its process died by itself, twice."""
    SKIPPED = "skipped"
    """Not tried: an earlier call of the same batch had the codec stopped."""


DANGEROUS = frozenset({FailureKind.EXHAUSTED, FailureKind.OVERRAN, FailureKind.CRASHED})
"""A codec that did one of these costs the others: it is quarantined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    kind: FailureKind
    detail: str = ""


Answer = Success | Failure
