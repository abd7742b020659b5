"""Regular expressions of anonymous readers, in time linear in the text (`q` with `~=`, `idPattern`).

Python's own engine goes back over its steps: `(a+)+$` stops a thread, and the process with it. These are read by Python's parser in its
ECMAScript-like part, then run as an automaton whose states are made when first reached. What needs going back (back-references,
looking around) is refused. A pattern is searched, not matched whole; `$` is the end of the text.
"""

import re
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from parvis.telemetry.context.broker.problems import BadRequestData

_LONGEST = 500
_MOST_STEPS = 2000
_MOST_STATES = 1000  # kept; the automaton is begun again when it has grown past them

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_DIGITS = frozenset("0123456789")
_SPACES = frozenset(" \t\n\r\f\v\u00a0\u2028\u2029\ufeff")
_CATEGORIES = {
    op.CATEGORY_DIGIT: (_DIGITS, False),
    op.CATEGORY_NOT_DIGIT: (_DIGITS, True),
    op.CATEGORY_SPACE: (_SPACES, False),
    op.CATEGORY_NOT_SPACE: (_SPACES, True),
    op.CATEGORY_WORD: (_WORD, False),
    op.CATEGORY_NOT_WORD: (_WORD, True),
}
_BEGIN, _END, _EDGE, _INNER = "begin", "end", "edge", "inner"
_PLACES = {
    op.AT_BEGINNING: _BEGIN,
    op.AT_BEGINNING_STRING: _BEGIN,
    op.AT_END: _END,
    op.AT_END_STRING: _END,
    op.AT_BOUNDARY: _EDGE,
    op.AT_NON_BOUNDARY: _INNER,
}
_START = ""  # what stands before the first character, and after the last

_State = tuple[frozenset[int], str]


class Pattern:
    """`found(text)`: whether the text holds it. Instances are shared by threads: what they remember is only ever right."""

    def __init__(self, text: str) -> None:
        self._moves: list[tuple[str, Any, tuple[int, ...]]] = []  # what a step takes: a place, characters, or nothing
        self._accept = self._step("accept", None)
        self._first = self._sequence(_tree(text), self._accept)
        self._begin: _State = (frozenset((self._first,)), _START)
        self._known: dict[tuple[_State, str], _State | None] = {}

    def found(self, text: str) -> bool:
        state, known = self._begin, self._known
        for char in text:
            try:
                after = known[state, char]
            except KeyError:
                after = self._reached(state, char)
            if after is None:
                return True
            state = after
        return self._accept in self._closure(state, _START)

    def _reached(self, state: _State, char: str) -> _State | None:
        """The state after one more character; None once the pattern has been found."""
        closure = self._closure(state, char)
        after: _State | None = None
        if self._accept not in closure:
            steps = {self._first}  # searched: it may begin anywhere
            for step in closure:
                kind, what, following = self._moves[step]
                if kind == "take" and _takes(what, char):
                    steps.update(following)
            after = (frozenset(steps), "w" if char in _WORD else " ")
        if len(self._known) > _MOST_STATES:
            self._known = {}
        self._known[state, char] = after
        return after

    def _closure(self, state: _State, following: str) -> set[int]:
        """Every step that can be reached before the next character; `following` is that, or nothing at the end."""
        steps, before = state
        is_edge = (before == "w") != (following in _WORD if following else False)
        holds = {_BEGIN: before == _START, _END: not following, _EDGE: is_edge, _INNER: not is_edge}
        reached, waiting = set(steps), list(steps)
        while waiting:
            kind, what, after = self._moves[waiting.pop()]
            if kind == "go" or (kind == "place" and holds[what]):
                fresh = [step for step in after if step not in reached]
                reached.update(fresh)
                waiting += fresh
        return reached

    # From the tree of Python's parser to steps, from the last to the first.

    def _step(self, kind: str, what: Any, *following: int) -> int:
        if len(self._moves) >= _MOST_STEPS:
            raise BadRequestData("The regular expression repeats too much.")
        self._moves.append((kind, what, following))
        return len(self._moves) - 1

    def _sequence(self, tree: Any, following: int) -> int:
        for code, argument in reversed(list(tree)):
            following = self._node(code, argument, following)
        return following

    def _node(self, code: Any, argument: Any, following: int) -> int:
        if code in _TAKING:
            return self._step("take", _taking(code, argument), following)
        if code is op.AT and argument in _PLACES:
            return self._step("place", _PLACES[argument], following)
        if code is op.BRANCH:
            return self._step("go", None, *(self._sequence(branch, following) for branch in argument[1]))
        if code is op.SUBPATTERN and not argument[1] and not argument[2]:
            return self._sequence(argument[3], following)
        if code in (op.MAX_REPEAT, op.MIN_REPEAT):
            least, most, repeated = argument
            return self._repeated(least, most, repeated, following)
        raise _not_offered()

    def _repeated(self, least: int, most: Any, tree: Any, following: int) -> int:
        if least > _MOST_STEPS or (most is not op.MAXREPEAT and most > _MOST_STEPS):
            raise BadRequestData("The regular expression repeats too much.")
        if most is op.MAXREPEAT:
            again = self._step("go", None)
            body = self._sequence(tree, again)
            self._moves[again] = ("go", None, (body, following))
            following = again
        else:
            for _ in range(most - least):
                following = self._step("go", None, self._sequence(tree, following), following)
        for _ in range(least):
            following = self._sequence(tree, following)
        return following


def _takes(what: tuple[frozenset[str], tuple[tuple[int, int], ...], tuple[Any, ...], bool], char: str) -> bool:
    characters, ranges, categories, negated = what
    inside = (
        char in characters
        or any(low <= ord(char) <= high for low, high in ranges)
        or any((char in members) != outside for members, outside in categories)
    )
    return inside != negated


_TAKING = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)


def _taking(code: Any, argument: Any) -> Any:
    """Which characters: these, these ranges, these categories; and whether all others instead."""
    if code is op.IN:
        return _class(argument)
    characters = "\n\r\u2028\u2029" if code is op.ANY else chr(argument)
    return frozenset(characters), (), (), code is not op.LITERAL


def _class(items: Any) -> Any:
    characters, ranges, categories, negated = set(), [], [], False
    for code, argument in items:
        if code is op.NEGATE:
            negated = True
        elif code is op.LITERAL:
            characters.add(chr(argument))
        elif code is op.RANGE:
            ranges.append(argument)
        elif code is op.CATEGORY and argument in _CATEGORIES:
            categories.append(_CATEGORIES[argument])
        else:
            raise BadRequestData("The regular expression holds a class that is not offered.")
    return frozenset(characters), tuple(ranges), tuple(categories), negated


def _tree(text: str) -> Any:
    if len(text) > _LONGEST:
        raise BadRequestData(f"A regular expression has at most {_LONGEST} characters.")
    try:
        tree = _parser.parse(re.sub(r"\(\?<(?=[^\W\d])", "(?P<", text), re.ASCII)
    except (re.error, OverflowError, RecursionError, ValueError, Warning) as error:
        raise BadRequestData(f"The regular expression cannot be read: {error}.") from error
    if tree.state.flags & ~re.ASCII:
        raise _not_offered()
    return tree


def _not_offered() -> BadRequestData:
    return BadRequestData("Back-references, looking around and flags are not offered in regular expressions.")


@lru_cache(maxsize=512)
def compiled(text: str) -> Pattern:
    """Raises BadRequestData for what is no regular expression, or one that is not offered."""
    return Pattern(text)
