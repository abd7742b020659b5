"""Who acts and why, said as one says it."""

import pytest

from parvis.domains.requests.models import Category, Request
from parvis.domains.requests.rules import Attention, State
from parvis.domains.requests.selectors import explain
from parvis.foundations.organisations.models import Organisation


def a_request(**fields: object) -> Request:
    return Request(
        **{"category": Category(subject="lighting"), "organisation": Organisation(name="Métropole"), **fields}
    )


@pytest.mark.parametrize(
    ("commune", "sentence"),
    [
        ("Chenôve", "Métropole : éclairage public à Chenôve"),
        ("Le Crès", "Métropole : éclairage public au Crès"),
        ("Les Ulis", "Métropole : éclairage public aux Ulis"),
        ("Lestrem", "Métropole : éclairage public à Lestrem"),
        ("La Rochelle", "Métropole : éclairage public à La Rochelle"),
        ("", "Métropole : éclairage public"),
    ],
)
def test_who_does_what_where(commune: str, sentence: str) -> None:
    assert explain.competence(a_request(), commune) == sentence


def test_what_is_not_known_yet_is_said() -> None:
    assert "va désigner" in explain.competence(a_request(attention=Attention.TO_ROUTE), "Chenôve")
    assert "va désigner" in explain.competence(a_request(organisation=None), "Chenôve")


@pytest.mark.parametrize(
    ("state", "done", "current"),
    [
        (State.RECEIVED, 0, "Reçu"),
        (State.IN_PROGRESS, 2, "Intervention en cours"),
        (State.DONE, 3, "Résolu"),
        (State.REFUSED, 1, "Sans suite"),  # the line ends where it happened
    ],
)
def test_stages(state: State, done: int, current: str) -> None:
    line = explain.stages(a_request(state=state))
    assert sum(stage.is_done for stage in line) == done
    assert [stage.label for stage in line if stage.is_current] == [current]
    assert set(explain.TONES) == set(State)
