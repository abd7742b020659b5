"""SQL put together from parts that carry their parameters: no text of a request ever becomes text of a statement."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sql:
    """`text` is written in this package; what comes from outside is in `parameters`, one for each `%s`."""

    text: str
    parameters: tuple[Any, ...] = ()


def sql(template: str, *parts: Sql) -> Sql:
    """Each `{}` of the template stands for one part, in order."""
    pieces = template.split("{}")
    if len(pieces) != len(parts) + 1:
        raise ValueError(f"{len(parts)} parts for {template!r}")
    text = pieces[0] + "".join(part.text + piece for part, piece in zip(parts, pieces[1:], strict=True))
    return Sql(text, tuple(parameter for part in parts for parameter in part.parameters))


def value(parameter: Any, cast: str) -> Sql:
    return Sql(f"%s::{cast}", (parameter,))


def joined(separator: str, parts: Iterable[Sql]) -> Sql:
    found = tuple(parts)
    return Sql(
        separator.join(part.text for part in found), tuple(parameter for part in found for parameter in part.parameters)
    )


def every(conditions: Iterable[Sql]) -> Sql:
    """All of them; true when there is none."""
    found = [sql("({})", condition) for condition in conditions]
    return joined(" AND ", found) if found else Sql("true")


NULL = Sql("NULL")
