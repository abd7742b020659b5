"""Payloads become fields, in the sandbox or by a built-in codec."""

import atexit
import os
from collections.abc import Sequence
from functools import cache

import msgspec

from parvis.telemetry.devices import builtin
from parvis.telemetry.devices.envelopes import ParsedUplink
from parvis.telemetry.devices.models import Kind
from parvis.telemetry.devices.rules.reasons import Reason
from parvis.telemetry.devices.sandbox import Call, CodecPool, Failure, FailureKind
from parvis.telemetry.devices.sandbox.values import DANGEROUS, Answer

from .registry import programs
from .work import Work

_WORKERS = 2  # one for the batch under way, one for what else decodes in this process


def codec_pool() -> CodecPool:
    """This process's own; its workers are started at the first use."""
    return _pool_of(os.getpid())


@cache
def _pool_of(_pid: int) -> CodecPool:
    pool = CodecPool(workers=_WORKERS)
    atexit.register(pool.close)
    return pool


def decode(works: Sequence[Work]) -> dict[int, Failure]:
    """Fills `decoded`, or rejects. Answers the codecs to put in quarantine, by id, with what each did."""
    to_call: list[tuple[Work, int, bytes, int]] = []
    for work in works:
        if not work.awaits_decoding or work.uplink is None or work.device is None or work.device.profile is None:
            continue
        profile = work.device.profile
        if profile.codec_id is None:
            _take_servers_decoding(work)
        elif profile.quarantine:
            work.reject(Reason.CODEC_QUARANTINED)
        elif profile.codec_kind != Kind.JAVASCRIPT:
            _read_built_in(work, profile.codec_kind, work.uplink)
        else:
            to_call.append((work, profile.codec_id, work.uplink.payload, work.uplink.f_port))
    if not to_call:
        return {}
    known = programs({codec_id for _, codec_id, _, _ in to_call})
    calls = [
        Call(program=known[codec_id], payload=payload, f_port=f_port, at_ms=work.observed_at.timestamp() * 1000)
        for work, codec_id, payload, f_port in to_call
    ]
    condemned: dict[int, Failure] = {}
    for (work, codec_id, _, _), answer in zip(to_call, codec_pool().decode(calls), strict=True):
        _take(work, answer)
        if isinstance(answer, Failure) and answer.kind in DANGEROUS:
            condemned[codec_id] = answer
    return condemned


def _take(work: Work, answer: Answer) -> None:
    if isinstance(answer, Failure):
        stopped = answer.kind is FailureKind.SKIPPED
        work.reject(
            Reason.CODEC_QUARANTINED if stopped else Reason.CODEC_ERROR,
            answer.detail if answer.kind not in DANGEROUS else f"{answer.kind.value} {answer.detail}".strip(),
        )
    else:
        work.decoded = answer.data
        work.detail = " ; ".join(answer.warnings)


def _read_built_in(work: Work, kind: str, uplink: ParsedUplink) -> None:
    try:
        work.decoded = builtin.decode(kind, uplink.payload, uplink.f_port)
    except builtin.Unreadable as unreadable:
        work.reject(Reason.CODEC_ERROR, unreadable)


def _take_servers_decoding(work: Work) -> None:
    decoded = work.uplink.decoded if work.uplink else None
    if not decoded:
        work.reject(Reason.UNDECODED)
    elif b"\\u0000" in msgspec.json.encode(decoded):
        work.reject(Reason.WRONG_VALUE, "U+0000")
    else:
        work.decoded = decoded
