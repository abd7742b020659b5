"""The grammar of `$filter` and `$orderby` (OGC 18-088, 9.3.3.5; OData 4.01 part 2, 5.1.1.14 for what binds tighter)."""

from collections.abc import Callable

from parvis.telemetry.history.sensorthings.lexing import Kind, Token, tokens
from parvis.telemetry.history.sensorthings.problems import BadRequest
from parvis.telemetry.history.sensorthings.syntax import (
    Binary,
    Call,
    Exists,
    Literal,
    Minus,
    Negated,
    Node,
    OneOf,
    Path,
)

DEEPEST = 40
"""Brackets within brackets, and negations of negations."""

MOST_STEPS = 8
MOST_CHOICES = 200
MOST_WORDS = 1_000

_TIERS = (("or",), ("and",), ("eq", "ne"), ("lt", "le", "gt", "ge"), ("add", "sub"), ("mul", "div", "mod"))
"""From the loosest to the tightest."""

_COMPARISONS = 3
_NEGATIONS = 2
"""`not a eq b` is taken for `not (a eq b)`: in OData it asks whether `not a` is `b`, which says the same of what is true or false."""

WORDS = frozenset(word for tier in _TIERS for word in tier) | {"not", "in"}


def parse_filter(text: str) -> Node:
    """Raises `BadRequest`."""
    parser = _Parser(tokens(text))
    node = parser.expression()
    parser.end()
    return node


def parse_orderby(text: str) -> tuple[tuple[Node, bool], ...]:
    """Each with whether it descends. Raises `BadRequest`."""
    parser = _Parser(tokens(text))
    terms = [parser.order()]
    while parser.takes_mark(","):
        terms.append(parser.order())
    parser.end()
    return tuple(terms)


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        if len(words) > MOST_WORDS:
            raise BadRequest(f"an expression has at most {MOST_WORDS} words")
        self.words = words
        self.position = 0
        self.depth = 0

    @property
    def word(self) -> Token:
        return self.words[self.position]

    def next(self) -> Token:
        word = self.words[self.position]
        self.position += 1
        return word

    def takes_mark(self, *marks: str) -> str:
        """The mark, when it is the next word, which is then passed."""
        if self.word.kind is Kind.MARK and self.word.text in marks:
            return self.next().text
        return ""

    def takes_name(self, *names: str) -> str:
        if self.word.kind is Kind.NAME and self.word.text in names:
            return self.next().text
        return ""

    def expect(self, mark: str) -> None:
        if not self.takes_mark(mark):
            raise BadRequest(f"{mark!r} is expected instead of {self.word.text!r}")

    def end(self) -> None:
        if self.word.kind is not Kind.END:
            raise BadRequest(f"{self.word.text!r} is not expected there")

    def deeper(self, rule: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadRequest(f"an expression is at most {DEEPEST} brackets deep")
        node = rule()
        self.depth -= 1
        return node

    def order(self) -> tuple[Node, bool]:
        node = self.expression()
        return node, self.takes_name("asc", "desc") == "desc"

    def expression(self) -> Node:
        return self.deeper(lambda: self.tier(0))

    def tier(self, level: int) -> Node:
        if level == len(_TIERS):
            return self.unary()
        if level == _NEGATIONS and self.takes_name("not"):
            return Negated(self.deeper(lambda: self.tier(level)))
        node = self.tier(level + 1)
        while True:
            if operator := self.takes_name(*_TIERS[level]):
                node = Binary(operator, node, self.tier(level + 1))
            elif level == _COMPARISONS and self.takes_name("in"):
                node = OneOf(node, self.choices())
            else:
                return node

    def unary(self) -> Node:
        if self.takes_name("not"):
            return Negated(self.deeper(self.unary))
        if self.takes_mark("-"):
            return Minus(self.deeper(self.unary))
        return self.primary()

    def primary(self) -> Node:
        if self.takes_mark("("):
            node = self.expression()
            self.expect(")")
            return node
        word = self.next()
        if word.kind is Kind.CONSTANT:
            return Literal(word.value)
        if word.kind is not Kind.NAME or word.text in WORDS:
            raise BadRequest(f"{word.text!r} is not expected there")
        if self.takes_mark("("):
            return Call(word.text, self.arguments())
        return self.path(word.text)

    def arguments(self) -> tuple[Node, ...]:
        if self.takes_mark(")"):
            return ()
        found = [self.expression()]
        while self.takes_mark(","):
            found.append(self.expression())
        self.expect(")")
        return tuple(found)

    def choices(self) -> tuple[Node, ...]:
        self.expect("(")
        found = self.arguments()
        if not 0 < len(found) <= MOST_CHOICES:
            raise BadRequest(f"'in' takes one to {MOST_CHOICES} values")
        return found

    def path(self, first: str) -> Node:
        steps = [first]
        while self.takes_mark("/"):
            word = self.next()
            if word.kind is not Kind.NAME and not word.text.isalnum():
                raise BadRequest(f"{word.text!r} is not expected in a path")
            if word.text == "any" and self.takes_mark("("):
                return self.lambda_of(Path(tuple(steps)))
            steps.append(word.text)
            if len(steps) > MOST_STEPS:
                raise BadRequest(f"a path has at most {MOST_STEPS} steps")
        return Path(tuple(steps))

    def lambda_of(self, path: Path) -> Node:
        variable = self.next()
        if variable.kind is not Kind.NAME:
            raise BadRequest("any() takes the name of a variable, a colon and a condition")
        self.expect(":")
        predicate = self.expression()
        self.expect(")")
        return Exists(path, variable.text, predicate)
