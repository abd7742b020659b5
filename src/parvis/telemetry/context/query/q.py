"""The grammar of `q` (ETSI GS CIM 009 V1.8.1, 4.9): `(a>5;b.c=="x")|!d[e.f]|owner{Person:name}~="^A"`. AND binds tighter than OR."""

import re
from collections.abc import Callable, Collection
from dataclasses import replace

from parvis.telemetry.context.broker.problems import BadRequestData, TooComplexQuery
from parvis.telemetry.context.query.literals import bare, quoted, unescaped
from parvis.telemetry.context.query.patterns import compiled
from parvis.telemetry.context.query.terms import (
    ENTITY_MEMBERS,
    Absent,
    And,
    Compared,
    Kind,
    Literal,
    Names,
    Operator,
    Or,
    Path,
    Present,
    Range,
    Term,
)
from parvis.telemetry.context.query.types import Named

_DEEPEST = 30
_MOST_TESTS = 100
_OPERATOR = re.compile(r"!~=|~=|==|!=|>=|<=|>|<")
_IRI = re.compile(r"(?:https?://|urn:)[^\s=!<>~;|()\[\]{}\"]+")
_NAME = re.compile(r"[^\W\d_]\w*(?::[^\W\d_]\w*)?")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = re.compile(r"(?:(?!\.\.)[^;|(),\"])+")
_INSIDE = re.compile(r'\[((?:"(?:[^"\\]|\\.)*"|[^\]"])+)\]')
_MEMBER = re.compile(r'"((?:[^"\\]|\\.)*)"|([^."\[\]{}]+)')
_ORDERED = frozenset((Kind.NUMBER, Kind.TEXT, Kind.INSTANT, Kind.DATE, Kind.TIME))


def parsed(text: str, names: Names, *, expanding: Collection[str] = ()) -> Term:
    """`expanding`: stored names of the attributes of `expandValues`. Raises BadRequestData, TooComplexQuery."""
    if "\0" in text:
        raise BadRequestData("A query holds no NUL character.")
    return _Parser(text, names, frozenset(expanding)).whole()


def parsed_path(text: str, names: Names) -> Path:
    """Of `orderBy` and others that name a member as `q` does. Raises BadRequestData."""
    parser = _Parser(text, names, frozenset())
    path = parser.path()
    parser.end()
    return path


class _Parser:
    """Recursive descent; `at` is where it stands."""

    def __init__(self, text: str, names: Names, expanding: frozenset[str]) -> None:
        self.text, self.names, self.expanding = text, names, expanding
        self.at = self.depth = self.tests = 0

    def whole(self) -> Term:
        term = self.alternatives()
        self.end()
        return term

    def end(self) -> None:
        if self.at < len(self.text):
            raise self.malformed()

    def alternatives(self) -> Term:
        parts = self.separated("|", self.together)
        return parts[0] if len(parts) == 1 else Or(parts)

    def together(self) -> Term:
        parts = self.separated(";", self.one)
        return parts[0] if len(parts) == 1 else And(parts)

    def separated(self, separator: str, part: Callable[[], Term]) -> tuple[Term, ...]:
        parts = [part()]
        while self.taken(separator):
            parts.append(part())
        return tuple(parts)

    def one(self) -> Term:
        self.spaces()
        if self.taken("("):
            return self.parenthesised()
        self.tests += 1
        if self.tests > _MOST_TESTS:
            raise TooComplexQuery(f"A query holds at most {_MOST_TESTS} tests.")
        if self.text.startswith("!", self.at) and not _OPERATOR.match(self.text, self.at):
            self.at += 1
            return Absent(self.path())
        path = self.path()
        self.spaces()
        match = _OPERATOR.match(self.text, self.at)
        if match is None:
            return Present(path)
        self.at = match.end()
        self.spaces()
        return self.comparison(path, Operator(match[0]))

    def parenthesised(self) -> Term:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise TooComplexQuery(f"Parentheses are nested at most {_DEEPEST} deep.")
        term = self.alternatives()
        if not self.taken(")"):
            raise self.malformed()
        self.depth -= 1
        self.spaces()
        return term

    # Paths

    def path(self) -> Path:
        self.spaces()
        names = [self.first_name()]
        while self.taken("."):
            names.append(self.names.name(self.matched(_NAME)))
        if names[0] in ENTITY_MEMBERS and len(names) > 1:
            raise self.malformed()
        if self.taken("{"):
            return self.linked(tuple(names))
        return Path(names=tuple(names), inside=self.inside())

    def first_name(self) -> str:
        term = self.matched(_IRI if _IRI.match(self.text, self.at) else _NAME)
        return term if term in ENTITY_MEMBERS else self.names.name(term)

    def linked(self, names: tuple[str, ...]) -> Path:
        """After the brace: `Type:path}` or `path}`."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise TooComplexQuery(f"Linked entities are followed at most {_DEEPEST} deep.")
        towards = None
        match = _NAME.match(self.text, self.at)
        if match and ":" in match[0] and self.names.expand(match[0]) == match[0]:  # no prefix of the context: a type
            type_name, _, _ = match[0].partition(":")
            towards = Named(self.names.name(type_name))
            self.at += len(type_name) + 1
        beyond = self.path()
        if not self.taken("}"):
            raise self.malformed()
        self.depth -= 1
        return Path(names=names, beyond=beyond, towards=towards)

    def inside(self) -> tuple[str, ...]:
        keys: list[str] = []
        while match := _INSIDE.match(self.text, self.at):
            self.at = match.end()
            keys += self.members(match[1])
        return tuple(keys)

    def members(self, text: str) -> list[str]:
        keys, at = [], 0
        while True:
            match = _MEMBER.match(text, at)
            if match is None:
                raise self.malformed()
            keys.append(match[2] if match[1] is None else unescaped(match[1]))
            at = match.end()
            if at == len(text):
                return keys
            if text[at] != ".":
                raise self.malformed()
            at += 1

    # Values

    def comparison(self, path: Path, operator: Operator) -> Term:
        if operator in (Operator.LIKE, Operator.UNLIKE):
            pattern = self.pattern()
            compiled(pattern)
            return Compared(path, operator, pattern=pattern)
        wanted = [self.value_or_range(path)]
        while self.taken(","):
            wanted.append(self.value_or_range(path))
        if operator not in (Operator.EQUAL, Operator.UNEQUAL) and (len(wanted) > 1 or isinstance(wanted[0], Range)):
            raise BadRequestData("Lists and ranges are compared by == and != only.")
        return Compared(path, operator, tuple(wanted))

    def value_or_range(self, path: Path) -> Literal | Range:
        low = self.value(path)
        if not self.taken(".."):
            return low
        high = self.value(path)
        if low.kind is not high.kind or low.kind not in _ORDERED:
            raise BadRequestData("The two ends of a range are two numbers, two texts, or two dates of one kind.")
        return Range(low, high)

    def value(self, path: Path) -> Literal:
        self.spaces()
        if match := _QUOTED.match(self.text, self.at):
            self.at = match.end()
            self.spaces()
            literal = quoted(match[1])
        else:
            literal = bare(self.matched(_BARE))
        if literal.kind is Kind.TEXT and path.names[0] in self.expanding:
            return replace(literal, iri=self.names.expand_value(literal.value))
        return literal

    def pattern(self) -> str:
        """Quoted, or bare up to the end of the test: alternatives within parentheses belong to it."""
        if match := _QUOTED.match(self.text, self.at):
            self.at = match.end()
            self.spaces()
            return match[1].replace('\\"', '"')
        start, depth = self.at, 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if depth == 0 and char in ";|)":
                break
            depth += (char == "(") - (char == ")")
            self.at += 2 if char == "\\" else 1
        self.at = min(self.at, len(self.text))
        if start == self.at:
            raise self.malformed()
        return self.text[start : self.at]

    # Steps

    def taken(self, token: str) -> bool:
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def matched(self, expression: re.Pattern[str]) -> str:
        match = expression.match(self.text, self.at)
        if match is None:
            raise self.malformed()
        self.at = match.end()
        return match[0]

    def spaces(self) -> None:
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1

    def malformed(self) -> BadRequestData:
        near = self.text[self.at : self.at + 40]
        return BadRequestData(
            f"The query is malformed at character {self.at + 1}"
            + (f", near {near!r}." if near else ": it ends too early.")
        )
