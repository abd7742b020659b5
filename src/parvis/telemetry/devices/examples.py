"""What a codec's maker says that it answers, and what it does answer.

An example is kept with the version of the codec for which it was run, as JSON: see `kept`. It passes when the fields that it
expects are equal; what is not there equals null, numbers may differ by rounding, and warnings count only when they are expected.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import builtin
from .models import Codec, Kind
from .sandbox import Answer, CodecPool, Failure, FailureKind, Invocation, Program, Success

MOST_EXAMPLES = 300
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Example:
    """`function` is one of TS013, `input` its argument. `expected` is its whole answer; empty: any answer will do."""

    description: str
    function: str
    input: Mapping[str, Any]
    expected: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ExampleResult:
    example: Example
    answer: Answer

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
    """In a process of their own. One that must be stopped fails those after it too."""
    if kind != Kind.JAVASCRIPT:
        return [ExampleResult(example=one, answer=_built_in(kind, one)) for one in examples]
    program = Program(key="examples", source=source)
    calls = [Invocation(program=program, function=one.function, input=one.input) for one in examples]
    with CodecPool() as pool:
        answers = pool.decode(calls)
    return [ExampleResult(example=one, answer=answer) for one, answer in zip(examples, answers, strict=True)]


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
