"""What a codec's maker says that it answers, and what it does answer.

An example is kept with the version of the codec for which it was run, as JSON: see `kept`. It passes when the fields that it
expects are equal; what is not there equals null, numbers may differ by rounding, and warnings count only when they are expected.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import builtin
from .models import Codec, Kind
from .sandbox import Answer, CodecPool, Failure, FailureKind, Invocation, Program, Success
from .sandbox.values import DANGEROUS

MOST_EXAMPLES = 300
_ROUNDING = 1e-9
_PATIENCE_S = 20.0  # somebody waits for the page
STOPPED = DANGEROUS | {FailureKind.SKIPPED}


@dataclass(frozen=True, kw_only=True)
class Example:
    """`function` is one of TS013, `input` its argument. `expected` is its whole answer; empty: any answer will do."""

    description: str
    function: str
    input: Mapping[str, Any]
    expected: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ExampleResult:
    """`keeps_state`: it answers otherwise after another example than alone."""

    example: Example
    answer: Answer
    keeps_state: bool = False

    @property
    def passed(self) -> bool:
        return isinstance(self.answer, Success) and agrees(self.example.expected, self.answer.data)

    @property
    def told(self) -> dict[str, Any]:
        """The answer as JSON."""
        if isinstance(self.answer, Success):
            return dict(self.answer.data)
        return {"error": f"{self.answer.kind.value}: {self.answer.detail}".removesuffix(": ")}

    def kept(self) -> dict[str, Any]:
        """As it is stored in `Codec.examples`."""
        one = self.example
        kept = {
            "description": one.description,
            "function": one.function,
            "input": one.input,
            "expected": one.expected,
            "answer": self.told,
            "passed": self.passed,
            **({"keeps_state": True} if self.keeps_state else {}),
        }
        return {name: _storable(value) for name, value in kept.items()}


def stored_examples(codec: Codec) -> list[Example]:
    return [
        Example(description=row["description"], function=row["function"], input=row["input"], expected=row["expected"])
        for row in codec.examples
    ]


def run_examples(codec: Codec) -> list[ExampleResult]:
    """Those of this version, now."""
    return try_examples(kind=codec.kind, source=codec.source, examples=stored_examples(codec))


def try_examples(*, kind: str, source: str, examples: Sequence[Example]) -> list[ExampleResult]:
    """Each in a context of its own, as at its maker's; then all in one, as in service, to see whether they still answer the same.
    After one that must be stopped, or too long, the others are not run."""
    if kind != Kind.JAVASCRIPT:
        return [ExampleResult(example=one, answer=_built_in(kind, one)) for one in examples]
    alone = _invocations(examples, Program(key="alone", source=source, fresh=True))
    together = _invocations(examples, Program(key="together", source=source))
    with CodecPool() as pool:
        answers = _in_turn(pool, alone)
        if any(isinstance(answer, Failure) and answer.kind in STOPPED for answer in answers):
            return [ExampleResult(example=one, answer=answer) for one, answer in zip(examples, answers, strict=True)]
        in_service = pool.decode(together)
        return [
            ExampleResult(
                example=one, answer=answer, keeps_state=later != answer and pool.decode([call]) == [answer]
            )  # alone a second time: one that tells the time never answers the same, and keeps nothing
            for one, answer, later, call in zip(examples, answers, in_service, alone, strict=True)
        ]


def _invocations(examples: Sequence[Example], program: Program) -> list[Invocation]:
    return [Invocation(program=program, function=one.function, input=one.input) for one in examples]


def _in_turn(pool: CodecPool, calls: Sequence[Invocation]) -> list[Answer]:
    answers: list[Answer] = []
    give_up_at = time.monotonic() + _PATIENCE_S
    for call in calls:
        stopped = bool(answers) and isinstance(answers[-1], Failure) and answers[-1].kind in STOPPED
        if stopped or time.monotonic() > give_up_at:
            answers.append(Failure(kind=FailureKind.SKIPPED))
        else:
            answers += pool.decode([call])
    return answers


def _built_in(kind: str, example: Example) -> Answer:
    try:
        given = bytes(example.input.get("bytes", ()))
        return Success(data={"data": builtin.decode(kind, given, int(example.input.get("fPort", 0)))})
    except (ValueError, TypeError) as error:
        return Failure(kind=FailureKind.THROWN, detail=str(error))


def _storable(value: Any) -> Any:
    """PostgreSQL keeps neither NUL nor a lone surrogate, not even in JSON."""
    match value:
        case str():
            return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
        case Mapping():
            return {_storable(name): _storable(one) for name, one in value.items()}
        case list():
            return [_storable(one) for one in value]
        case _:
            return value


def agrees(expected: Mapping[str, Any], output: Mapping[str, Any]) -> bool:
    if (expected.get("errors") or []) != (output.get("errors") or []):
        return False
    if expected.get("warnings") and expected["warnings"] != output.get("warnings"):
        return False
    members = [name for name in expected if name not in {"errors", "warnings"}]
    return all(_equal(expected[name], output.get(name)) for name in members)


def _equal(expected: Any, found: Any) -> bool:
    match expected, found:
        case (bool(), _) | (_, bool()):
            return expected is found
        case (int() | float(), int() | float()):
            return math.isclose(expected, found, rel_tol=_ROUNDING, abs_tol=_ROUNDING)
        case (Mapping(), Mapping()):
            return all(_equal(expected.get(name), found.get(name)) for name in {*expected, *found})
        case ([Mapping() as only], Mapping()):  # normalised data may be told one by one
            return _equal(only, found)
        case (list(), list()):
            return len(expected) == len(found) and all(map(_equal, expected, found))
        case _:
            return bool(expected == found)
