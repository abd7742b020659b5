"""Decisions without a database."""

import itertools
import math

import pytest

from parvis.domains.requests import rules
from parvis.domains.requests.categories import DEFAULTS, FAMILIES
from parvis.domains.requests.rules import CLOSED_STATES, MOVES, OPEN_STATES, State
from parvis.foundations.organisations.rules import Subject


def test_states_are_open_or_closed_never_both() -> None:
    assert set(State) == OPEN_STATES | CLOSED_STATES
    assert not OPEN_STATES & CLOSED_STATES


def test_every_state_can_be_left_and_none_leads_to_itself() -> None:
    assert set(MOVES) == set(State)
    assert all(MOVES[state] and state not in MOVES[state] for state in State)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (State.RECEIVED, State.DONE, True),  # answered at once
        (State.ACCEPTED, State.RECEIVED, True),  # the crew refused
        (State.DONE, State.IN_PROGRESS, False),  # reopened first
        (State.REFUSED, State.DONE, False),
        (State.RECEIVED, State.RECEIVED, False),
    ],
)
def test_moves(source: State, target: State, expected: bool) -> None:
    assert rules.may_move(source, target) is expected
    assert rules.may_move(source.value, target.value) is expected


def test_numbers_sort_as_they_were_given() -> None:
    assert rules.number_of(2026, 123) == "S-2026-000123"
    assert rules.number_of(2026, 1_000_000) == "S-2026-1000000"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("S-2026-000123", "S-2026-000123"),
        ("s2026-123", "S-2026-000123"),
        (" 2026 123 ", "S-2026-000123"),
        ("S 2026 000123", "S-2026-000123"),
        ("12 rue 2026", None),
        ("0380742026", None),  # a telephone
        ("", None),
        ("S-2026-٣", None),  # Arabic digits are digits for Python, not for our numbers
    ],
)
def test_numbers_as_people_type_them(typed: str, number: str | None) -> None:
    assert rules.typed_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("06 12 34 56 78", "612345678"),
        ("+33 6 12 34 56 78", "612345678"),
        ("0033612345678", "612345678"),
        ("06.12.34", ""),  # too short to be looked for: it would list half the town
        ("", ""),
    ],
)
def test_one_telephone_has_one_key(typed: str, key: str) -> None:
    assert rules.phone_key(typed) == key


def test_distance_of_known_places() -> None:
    # One minute of latitude is a nautical mile, 1,852 m by definition (1,853.2 m on this sphere); east-west it shrinks with cos φ.
    assert rules.distance_m(5.0, 47.0, 5.0, 47.0 + 1 / 60) == pytest.approx(1_852, rel=0.001)
    assert rules.distance_m(5.0, 60.0, 5.0 + 1 / 60, 60.0) == pytest.approx(1_852 / 2, rel=0.001)
    assert rules.distance_m(5.04, 47.32, 5.04, 47.32) == 0


def test_the_box_holds_the_circle() -> None:
    west, south, east, north = rules.box_around(5.04, 47.32, 50)
    for angle in range(0, 360, 10):
        longitude = 5.04 + math.degrees(50 / 6_371_000) * math.cos(math.radians(angle)) / math.cos(math.radians(47.32))
        latitude = 47.32 + math.degrees(50 / 6_371_000) * math.sin(math.radians(angle))
        assert west <= longitude + 1e-9 and longitude - 1e-9 <= east
        assert south <= latitude + 1e-9 and latitude - 1e-9 <= north


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Éclairage  rue", ["eclairage", "rue"]),
        ("nœud d’Été", ["noeud", "d", "ete"]),
        ("a' | !b & <-> (c):*", ["a", "b", "c"]),  # operators of tsquery are not passed on
        ("\x00", []),
        ("", []),
    ],
)
def test_search_words_hold_nothing_but_letters_and_digits(typed: str, words: list[str]) -> None:
    assert list(rules.search_words(typed)) == words


def test_a_search_has_few_words() -> None:
    assert len(list(rules.search_words("a " * 1000))) == 8


def test_default_categories_are_sound() -> None:
    assert len({seed.code for seed in DEFAULTS}) == len(DEFAULTS) == 12
    assert {seed.subject for seed in DEFAULTS} <= set(Subject.values)
    assert set(FAMILIES) == set(Subject.values), "a new subject needs a heading on the form"


def test_moves_never_trap_a_request() -> None:
    """From every state a closed one can be reached, and received again."""
    for start in State:
        reached = {start}
        for _ in itertools.repeat(None, len(State)):
            reached |= {target for source in reached for target in MOVES[source]}
        assert reached & CLOSED_STATES
        assert State.RECEIVED in reached
