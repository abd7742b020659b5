"""Residents and agents at the same second, in real transactions."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from parvis.domains.interventions.facade import intervention_for_cause
from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import Kind, State
from parvis.domains.requests.services import triage
from parvis.domains.requests.services.intake import receive_request
from parvis.domains.requests.services.steps import ImpossibleMove, StaleRequest
from parvis.domains.requests.tests.factories import NOW, later, make_city, make_draft, make_request
from parvis.foundations.identity.tests.factories import make_agent
from parvis.foundations.territory import index

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
AT_ONCE = 8


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """Results, or the exceptions raised, of `AT_ONCE` threads."""

    def one(rank: int) -> Any:
        try:
            return work(rank)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_one_form_sent_eight_times_at_once_is_one_request() -> None:
    make_city()
    index.current.forget()  # else a thread may be answered by the city of the test before, while another reads this one
    draft = make_draft()
    results = at_once(lambda _rank: receive_request(draft=draft, now=NOW))
    made = Request.objects.get()
    assert sorted(is_new for _request, is_new in results) == [False] * (AT_ONCE - 1) + [True]
    assert {request.pk for request, _is_new in results} == {made.pk}
    assert made.steps.count() == 1


def test_numbers_have_no_double_and_no_gap() -> None:
    make_city()
    at_once(lambda _rank: [make_request() for _ in range(5)])
    numbers = sorted(Request.objects.values_list("number", flat=True))
    assert numbers == [f"S-2026-{rank:06d}" for rank in range(1, 5 * AT_ONCE + 1)]


def test_eight_agents_accept_one_wins() -> None:
    make_city()
    made = make_request()
    agents = [make_agent() for _ in range(AT_ONCE)]
    results = at_once(lambda rank: triage.accept(request_id=made.pk, version=1, by=agents[rank], now=later()))
    assert sum(isinstance(result, Request) for result in results) == 1
    assert all(isinstance(result, Request | StaleRequest | ImpossibleMove) for result in results)
    made.refresh_from_db()
    assert (made.state, made.version) == (State.ACCEPTED, 2)
    assert made.steps.filter(kind=Kind.ACCEPTED).count() == 1
    assert intervention_for_cause(made.urn) is not None
