"""Regular expressions of readers: what they find is what Python's engine finds, in time linear in the text."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.query.patterns import Pattern, compiled

FOUND = [
    # pattern, texts that hold it, texts that do not
    ("abc", ["abc", "xabcx"], ["", "ab", "ABC"]),
    ("^abc$", ["abc"], ["abcd", "xabc", "abc\n"]),
    ("a|b", ["a", "xb"], ["c"]),
    ("^(a|b)c", ["ac", "bc"], ["abc", "c"]),
    ("a{2,3}b", ["aab", "aaab", "aaaab"], ["ab"]),
    ("^a{2}$", ["aa"], ["a", "aaa"]),
    ("^a{2,}$", ["aa", "aaaaa"], ["a"]),
    ("a+?b*?c", ["ac", "aabc"], ["bc"]),
    (r"\d\w\s", ["1a ", "x9_\t"], ["a1 ", "é1 "]),
    (r"[^\d]x", ["ax"], ["1x"]),
    ("[a-c.]+$", ["xab.c"], ["abd"]),
    ("[^a]", ["b", "ab"], ["a", "aa", ""]),
    (r"\bcat\b", ["cat", "a cat.", "(cat)"], ["cats", "scat"]),
    (r"\Bat", ["cat"], ["at"]),
    ("a.c", ["abc", "a.c"], ["ac", "a\nc"]),
    ("", ["", "x"], []),
    ("^$", [""], ["x"]),
    ("(?<name>a)(?:b)", ["ab"], ["a"]),
    (r"urn:ngsi-ld:Vehicle:(A1|B2)[0-9]*\.x", ["urn:ngsi-ld:Vehicle:A12.x"], ["urn:ngsi-ld:Vehicle:C"]),
    ("é+", ["caféé"], ["cafe"]),
    (r"\/", ["a/b"], ["ab"]),
    ("(a*)*b", ["b", "aaab"], ["aaa"]),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "held", "refused"), FOUND)
def test_what_is_found(pattern: str, held: list[str], refused: list[str]) -> None:
    one = Pattern(pattern)
    assert [text for text in held if not one.found(text)] == []
    assert [text for text in refused if one.found(text)] == []


REFUSED = ["(", "*", "a{3000}", "(a{60}){60}", r"(a)\1", "(?=a)", "(?!a)", "(?<=a)b", "(?i)a", "(?P<a", "x" * 501, "[z-a]", "a**"]  # fmt: skip


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_is_not_offered(pattern: str) -> None:
    with pytest.raises(BadRequestData):
        compiled(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a|a)*b", ".*.*.*.*.*=x", r"(\w+\s?)*$!", "(a?){30}a{30}"])
def test_a_catastrophic_pattern_takes_no_time(pattern: str) -> None:
    began = time.process_time()
    compiled(pattern).found("a" * 3000 + "!")
    assert time.process_time() - began < 2.0, "Python's engine needs longer than the universe is old"


atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "(ab)", "(?:a|b)", r"\w", r"\d", "^", "$", r"\b"])
quantifiers = st.sampled_from(["", "", "*", "+", "?", "{2}", "{0,2}", "*?"])
pieces = st.builds(
    lambda atom, quantifier: atom if atom in "^$" or atom == r"\b" else atom + quantifier, atoms, quantifiers
)
patterns = st.lists(st.lists(pieces, max_size=4).map("".join), min_size=1, max_size=2).map("|".join)


@settings(max_examples=400, deadline=None)
@given(patterns, st.text("ab1 é", max_size=7))
def test_it_agrees_with_the_engine_of_python(pattern: str, text: str) -> None:
    assert Pattern(pattern).found(text) is (re.search(pattern.replace("$", r"\Z"), text, re.ASCII) is not None)
