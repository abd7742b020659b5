"""Cells are text: what a whole column holds tells whether it is numbers, yes and no, or words."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from parvis.telemetry.context.searching import folded

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})\Z")  # 15 digits: beyond, an identifier that a float would spoil
_POINT = re.compile(r"-?\d{1,15}(\.\d+)?([eE][+-]?\d{1,2})?\Z")
_COMMA = re.compile(r"-?\d{1,15}([.,]\d+)?\Z")
_TRUTH = {"true": True, "vrai": True, "oui": True, "false": False, "faux": False, "non": False}
_SPACES = str.maketrans("", "", " \u00a0\u202f")

_CODES = re.compile(r"(^|_)(code|insee|siren|siret|postcode|cp|tel|telephone|phone|rivoli|commune)(_|\Z)")
"""Columns of digits that are no quantity, by name; a leading zero anywhere says it as well."""

Reader = Callable[[str], Any]


def number(cell: str, *, decimal_comma: bool) -> float | None:
    """A number as spreadsheets write it (`1 234,5`); None for anything else."""
    cell = cell.translate(_SPACES)
    if not (_COMMA if decimal_comma else _POINT).match(cell):
        return None
    return float(cell.replace(",", "."))


def reader_of(column: str, cells: Iterable[str], *, decimal_comma: bool) -> Reader:
    """How to read the cells of this column; empty ones are not asked about."""
    filled = [cell for cell in cells if cell]
    if not filled or _CODES.search(re.sub(r"\W+", "_", folded(column))):
        return str
    if all(_INTEGER.match(cell) for cell in filled):
        return int
    if not any(_has_leading_zero(cell) for cell in filled) and all(
        number(cell, decimal_comma=decimal_comma) is not None for cell in filled
    ):
        return lambda cell: number(cell, decimal_comma=decimal_comma)
    if all(cell.lower() in _TRUTH for cell in filled):
        return lambda cell: _TRUTH[cell.lower()]
    return str


def _has_leading_zero(cell: str) -> bool:
    digits = cell.lstrip("-")
    return len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
