"""A codec tried by its author, before it is kept: in a process of its own, so that ingestion never waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from parvis.telemetry.devices import builtin
from parvis.telemetry.devices.models import Kind
from parvis.telemetry.devices.sandbox import Answer, Call, CodecPool, Failure, FailureKind, Program, Success


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What a device sent, or could; `at_ms` is its time, milliseconds since 1970 UTC."""

    payload: bytes
    f_port: int
    at_ms: float


def try_codec(*, source: str, payload: bytes, f_port: int, at_ms: float, kind: str = Kind.JAVASCRIPT) -> Answer:
    (answer,) = try_payloads(kind=kind, source=source, payloads=[Payload(payload=payload, f_port=f_port, at_ms=at_ms)])
    return answer


def try_payloads(*, kind: str, source: str, payloads: Sequence[Payload]) -> list[Answer]:
    """One answer each, in order."""
    if kind != Kind.JAVASCRIPT:
        return [_built_in(kind, one) for one in payloads]
    program = Program(key="trial", source=source)
    with CodecPool() as pool:
        return pool.decode(
            [Call(program=program, payload=one.payload, f_port=one.f_port, at_ms=one.at_ms) for one in payloads]
        )


def _built_in(kind: str, payload: Payload) -> Answer:
    try:
        return Success(data=builtin.decode(kind, payload.payload, payload.f_port))
    except builtin.Unreadable as error:
        return Failure(kind=FailureKind.THROWN, detail=str(error))
