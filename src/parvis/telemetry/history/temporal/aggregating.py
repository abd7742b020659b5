"""What is said of all the values of a bucket at once (ETSI GS CIM 009 V1.8.1, 4.5.19).

Numbers, and booleans as 0 and 1, have every method; texts are counted and ordered; other values are counted.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

Method = Callable[[Sequence[Any], Sequence[float], Sequence[str]], Any]
"""Of all values, those that are numbers, those that are texts. None: nothing to say of them."""

_encode = msgspec.json.Encoder(order="sorted").encode


def _distinct(values: Sequence[Any], numbers: Sequence[float], texts: Sequence[str]) -> int:
    others = len(values) > len(numbers) + len(texts)
    return len(set(map(_encode, values))) if others else len(set(numbers)) + len(set(texts))


def _of_numbers(of: Callable[[Sequence[float]], float]) -> Method:
    def method(values: Sequence[Any], numbers: Sequence[float], texts: Sequence[str]) -> Any:
        return finite(of(numbers)) if numbers else None

    return method


def _extreme(of: Callable[[Sequence[Any]], Any]) -> Method:
    def method(values: Sequence[Any], numbers: Sequence[float], texts: Sequence[str]) -> Any:
        return finite(of(numbers)) if numbers else of(texts) if texts else None

    return method


def finite(value: float) -> Any:
    """As JSON, with a fraction, be it .0; None for what has grown out of it."""
    return float(value) if math.isfinite(value) else None


def _sum(numbers: Sequence[float]) -> float:
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # the sum, or infinities of both signs, which make none
        return math.inf


def _deviation(numbers: Sequence[float]) -> float:
    mean = _sum(numbers) / len(numbers)
    if not math.isfinite(mean):
        return math.inf
    return math.sqrt(_sum([(number - mean) * (number - mean) for number in numbers]) / len(numbers))


def _sum_of_squares(numbers: Sequence[float]) -> float:
    return _sum([number * number for number in numbers])


METHODS: Mapping[str, Method] = {
    "totalCount": lambda values, numbers, texts: len(values),
    "distinctCount": _distinct,
    "sum": _of_numbers(_sum),
    "avg": _of_numbers(lambda numbers: _sum(numbers) / len(numbers)),
    "min": _extreme(min),
    "max": _extreme(max),
    "stddev": _of_numbers(_deviation),
    "sumsq": _of_numbers(_sum_of_squares),
}
"""By name, in the order in which they are answered. `stddev` is that of the values themselves, not of a population they would sample."""


COUNTS = frozenset(("totalCount", "distinctCount"))
"""The methods that tell whole numbers."""


def aggregated(values: Sequence[Any], methods: Sequence[str]) -> dict[str, Any]:
    """Of the values of one bucket, by method; None where there is nothing to say."""
    numbers = [_number(value) for value in values if isinstance(value, int | float)]
    texts = [value for value in values if isinstance(value, str)]
    return {name: METHODS[name](values, numbers, texts) for name in methods}


def _number(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
