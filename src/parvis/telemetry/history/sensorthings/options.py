"""System query options (OGC 18-088, 9.3.3): of the request, and of each `$expand` within it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote_plus

from parvis.telemetry.history.sensorthings.lexing import plain
from parvis.telemetry.history.sensorthings.model import NAVIGATIONS, Kind, Navigation
from parvis.telemetry.history.sensorthings.parsing import parse_filter, parse_orderby
from parvis.telemetry.history.sensorthings.problems import BadRequest, NotOffered
from parvis.telemetry.history.sensorthings.syntax import Node

PAGE = 100
MOST_ON_A_PAGE = 1_000
MOST_OBSERVATIONS = 10_000
DEEPEST = 6
MOST_EXPANDS = 20
_LARGEST = 10**9

FORMATS = {"dataarray": "dataArray", "geojson": "GeoJSON"}
_NAMES = frozenset(("$filter", "$expand", "$select", "$orderby", "$top", "$skip", "$count", "$resultFormat"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`select` None: all. `written`: as they came, for the links to further pages."""

    filter: Node | None = None
    orderby: tuple[tuple[Node, bool], ...] = ()
    select: tuple[str, ...] | None = None
    expand: tuple["Expand", ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    format: str = ""
    written: Mapping[str, str] = field(default_factory=dict)

    def page(self, kind: Kind) -> int:
        """At most so many entities are answered at once."""
        most = MOST_OBSERVATIONS if kind is Kind.OBSERVATION else MOST_ON_A_PAGE
        return PAGE if self.top is None else min(self.top, most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expand:
    name: str
    navigation: Navigation
    options: Options


def parse(query: str, kind: Kind) -> Options:
    """Of a query string, for entities of that kind. Options without `$` are somebody else's. Raises `StaError`."""
    pairs: list[tuple[str, str]] = []
    for part in query.split("&"):
        name, _, text = part.partition("=")
        name = unquote_plus(name)
        if name == "resultFormat":
            name = "$resultFormat"
        if name.startswith("$"):
            pairs.append((name, _decoded(text)))
    return _Reader().options(pairs, kind, depth=0)


def _decoded(text: str) -> str:
    try:
        return plain(unquote_plus(text, errors="strict"))
    except UnicodeDecodeError:
        raise BadRequest("the query is not UTF-8") from None


class _Reader:
    def __init__(self) -> None:
        self.expands = 0

    def options(self, pairs: Sequence[tuple[str, str]], kind: Kind, *, depth: int) -> Options:
        written: dict[str, str] = {}
        for name, text in pairs:
            if name in written:
                raise BadRequest(f"{name} is given twice")
            if name not in _NAMES or (depth and name == "$resultFormat"):
                raise NotOffered(f"{name[:40]} is not offered")
            written[name] = text.strip()
        found = Options(written=written)
        for name, text in written.items():
            if not text:
                raise BadRequest(f"{name} is empty")
            found = self._with(found, name, text, kind, depth)
        return found

    def _with(self, found: Options, name: str, text: str, kind: Kind, depth: int) -> Options:  # noqa: PLR0911
        match name:
            case "$filter":
                return replace(found, filter=parse_filter(text))
            case "$orderby":
                return replace(found, orderby=parse_orderby(text))
            case "$select":
                return replace(found, select=tuple(one.strip() for one in text.split(",")))
            case "$expand":
                return replace(found, expand=self.expand(text, kind, depth=depth + 1))
            case "$top":
                return replace(found, top=_number(name, text))
            case "$skip":
                return replace(found, skip=_number(name, text))
            case "$count":
                return replace(found, count=_flag(name, text))
        if text.lower() not in FORMATS:
            raise BadRequest("$resultFormat is dataArray or GeoJSON")
        return replace(found, format=FORMATS[text.lower()])

    def expand(self, text: str, kind: Kind, *, depth: int) -> tuple[Expand, ...]:
        if depth > DEEPEST:
            raise BadRequest(f"$expand is at most {DEEPEST} deep")
        found: dict[str, Expand] = {}
        for item in _split(text, ","):
            path, bracket, inner = item.strip().partition("(")
            if bracket and not inner.endswith(")"):
                raise BadRequest("a bracket of $expand is not closed")
            one = self._one(path.strip().split("/"), inner.removesuffix(")"), kind, depth)
            if one.name in found:
                one = _merged(found[one.name], one)
            found[one.name] = one
        return tuple(found.values())

    def _one(self, steps: Sequence[str], inner: str, kind: Kind, depth: int) -> Expand:
        """`Datastreams/Observations($top=1)` is `Datastreams($expand=Observations($top=1))`."""
        navigation = NAVIGATIONS[kind].get(steps[0])
        if navigation is None:
            raise BadRequest(f"{kind} do not lead to {steps[0][:80]!r}")
        self.expands += 1
        if self.expands > MOST_EXPANDS or depth > DEEPEST:
            raise BadRequest(f"at most {MOST_EXPANDS} entities to expand, {DEEPEST} deep")
        if len(steps) > 1:
            further = self._one(steps[1:], inner, navigation.kind, depth + 1)
            return Expand(name=steps[0], navigation=navigation, options=Options(expand=(further,)))
        pairs = [part.strip().partition("=")[::2] for part in _split(inner, ";") if part.strip()]
        for name, _text in pairs:
            if not name.startswith("$"):
                raise BadRequest(f"{name[:80]!r} is no option of $expand")
        return Expand(name=steps[0], navigation=navigation, options=self.options(pairs, navigation.kind, depth=depth))


def _merged(first: Expand, second: Expand) -> Expand:
    """`Datastreams/Sensor,Datastreams/Thing`: what is told of the same way twice is held together."""
    if second.options.written:
        raise BadRequest(f"{second.name} is expanded twice")
    known = {one.name: one for one in first.options.expand}
    for one in second.options.expand:
        known[one.name] = _merged(known[one.name], one) if one.name in known else one
    return replace(first, options=replace(first.options, expand=tuple(known.values())))


def _split(text: str, separator: str) -> Iterator[str]:
    """Where the separator stands in no bracket and in no quoted text."""
    depth, quoted, begin = 0, False, 0
    for position, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif not quoted:
            depth += (letter == "(") - (letter == ")")
            if letter == separator and depth == 0:
                yield text[begin:position]
                begin = position + 1
    yield text[begin:]


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > _LARGEST:
        raise BadRequest(f"{name} is a whole number, 0 or more")
    return int(text)


def _flag(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise BadRequest(f"{name} is true or false")
    return text == "true"
