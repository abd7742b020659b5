"""The codec workshop: a program tried on a payload, on a command, on its examples, on what devices have just sent."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from parvis.kernel import clock
from parvis.telemetry.devices import permissions, selectors
from parvis.telemetry.devices.examples import stored_examples, try_examples
from parvis.telemetry.devices.forms.codecs import CodecForm
from parvis.telemetry.devices.models import Codec, Device, Kind, Uplink
from parvis.telemetry.devices.sandbox import Answer, CodecPool, Failure, FailureKind, Program, Success
from parvis.telemetry.devices.sandbox.values import DANGEROUS
from parvis.telemetry.devices.trial import Payload, try_codec, try_payloads

_UPLINKS = 20
Shown = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Row:
    """An example as it is shown: texts."""

    passed: bool
    description: str
    function: str
    given: str
    expected: str
    answer: str

    @classmethod
    def of_example(cls, kept: Mapping[str, Any]) -> "Row":
        return cls(
            passed=bool(kept.get("passed")),
            description=str(kept.get("description") or ""),
            function=str(kept.get("function") or ""),
            given=_given(kept.get("input")),
            expected=pretty(kept.get("expected")),
            answer=pretty(kept.get("answer")),
        )


@dataclass(frozen=True, kw_only=True)
class UplinkRow:
    """What a device sent, what was read of it, and what this text reads. `changed`: not the same."""

    uplink: Uplink
    before: str
    after: str
    changed: bool
    failed: bool


def try_sample(request: HttpRequest, codec: Codec | None, form: CodecForm) -> Shown:
    given = form.cleaned_data
    answer = try_codec(
        kind=form.chosen_kind,
        source=form.program,
        payload=given["sample"],
        f_port=given["sample_port"],
        at_ms=clock.now().timestamp() * 1000,
    )
    return _answered(answer)


def try_command(request: HttpRequest, codec: Codec | None, form: CodecForm) -> Shown:
    given = {"data": form.cleaned_data.get("command") or {}, "fPort": form.cleaned_data["sample_port"]}
    with CodecPool() as pool:
        answer = pool.run(Program(key="trial", source=form.program), "encodeDownlink", given)
    return _answered(answer)


def play_examples(request: HttpRequest, codec: Codec | None, form: CodecForm) -> Shown:
    """Those of this version, through the text as it is written now."""
    examples = stored_examples(codec) if codec else []
    results = try_examples(kind=form.chosen_kind, source=form.program, examples=examples)
    rows = [Row.of_example(result.kept()) for result in results]
    return {"examples": rows, "played": True, "played_passed": sum(row.passed for row in rows)}


def try_uplinks(request: HttpRequest, codec: Codec | None, form: CodecForm) -> Shown:
    """The last ones of the devices that one may look at."""
    if codec is None:
        return {"uplink_rows": []}
    uplinks = selectors.latest_uplinks_of_codec(
        codec, permissions.visible(request, Device.objects.all()), count=_UPLINKS
    )
    payloads = [
        Payload(
            payload=bytes(one.payload or b""),
            f_port=one.f_port or 0,
            at_ms=(one.sent_at or one.received_at).timestamp() * 1000,
        )
        for one in uplinks
    ]
    answers = try_payloads(kind=form.chosen_kind, source=form.program, payloads=payloads)
    return {"uplink_rows": [_compared(uplink, answer) for uplink, answer in zip(uplinks, answers, strict=True)]}


TRIALS: Mapping[str, Callable[[HttpRequest, Codec | None, CodecForm], Shown]] = {
    "try": try_sample,
    "encode": try_command,
    "play": play_examples,
    "uplinks": try_uplinks,
}
"""By the name of the button."""


def cannot_serve(form: CodecForm, failure: object) -> bool:
    """It costs its process, does not compile or has no function. A refusal of the sample is no objection; and a codec that only
    encodes commands has nothing to decode."""
    if form.chosen_kind != Kind.JAVASCRIPT or not isinstance(failure, Failure):
        return False
    if failure.kind is FailureKind.BROKEN:
        with CodecPool() as pool:
            encoded = pool.run(Program(key="trial", source=form.program), "encodeDownlink", {"data": {}})
        return isinstance(encoded, Failure) and encoded.kind in DANGEROUS | {FailureKind.BROKEN}
    return failure.kind in DANGEROUS


def first_sample(examples: list[dict[str, Any]]) -> Shown:
    """Of the first example that decodes an uplink."""
    for row in examples:
        given = row.get("input")
        if row.get("function") == "decodeUplink" and isinstance(given, dict):
            try:
                return {"sample": bytes(given["bytes"]).hex(), "sample_port": int(given["fPort"])}
            except (KeyError, TypeError, ValueError):
                continue
    return {}


def pretty(value: Any) -> str:
    """In the order of the names, for what is compared by eye: PostgreSQL keeps an order of its own."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) if value else ""


def _answered(answer: Answer) -> Shown:
    if isinstance(answer, Success):
        return {"success": answer, "decoded": json.dumps(answer.data, ensure_ascii=False, indent=2)}
    return {"failure": answer, "failure_words": FAILURE_WORDS[answer.kind]()}


def _compared(uplink: Uplink, answer: Answer) -> UplinkRow:
    if isinstance(answer, Failure):
        after = answer.detail or FAILURE_WORDS[answer.kind]()
        return UplinkRow(uplink=uplink, before=pretty(uplink.decoded), after=after, changed=True, failed=True)
    return UplinkRow(
        uplink=uplink,
        before=pretty(uplink.decoded),
        after=pretty(answer.data),
        changed=answer.data != uplink.decoded,
        failed=False,
    )


def _given(value: Any) -> str:
    """Bytes in hexadecimal, the rest as it is."""
    if not isinstance(value, dict):
        return ""
    try:
        head = bytes(value["bytes"]).hex(" ")
    except (KeyError, TypeError, ValueError):
        return pretty(value)
    rest = {name: one for name, one in value.items() if name not in {"bytes", "fPort"}}
    return _("port %(port)s : %(bytes)s") % {"port": value.get("fPort", "–"), "bytes": head} + (
        f"\n{pretty(rest)}" if rest else ""
    )


FAILURE_WORDS = {
    FailureKind.BROKEN: lambda: _("Le programme ne se compile pas, ou ne contient aucune fonction de décodage."),
    FailureKind.THROWN: lambda: _("Le codec refuse cette charge utile."),
    FailureKind.INVALID: lambda: _("Le codec n’a pas répondu par un objet de taille raisonnable."),
    FailureKind.EXHAUSTED: lambda: _("Le codec épuise la mémoire : il a été arrêté."),
    FailureKind.OVERRAN: lambda: _("Le codec ne répond pas en 0,2 seconde : il a été arrêté."),
    FailureKind.CRASHED: lambda: _("Le codec a fait tomber son processus."),
    FailureKind.SKIPPED: lambda: _("Le codec n’a pas été essayé."),
}
