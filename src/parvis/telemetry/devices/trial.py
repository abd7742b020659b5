"""A codec tried by its author, before it is kept: in a process of its own, so that ingestion never waits for it."""

from parvis.telemetry.devices.sandbox import Call, CodecPool, Program
from parvis.telemetry.devices.sandbox.values import Answer


def try_codec(*, source: str, payload: bytes, f_port: int, at_ms: float) -> Answer:
    call = Call(program=Program(key="trial", source=source), payload=payload, f_port=f_port, at_ms=at_ms)
    with CodecPool() as pool:
        return pool.decode([call])[0]
