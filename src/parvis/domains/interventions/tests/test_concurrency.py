"""Two people at the same instant: one does it, the others read why not. Real threads, real connections."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections, connection, connections

from parvis.domains.interventions.models import Cause, Intervention
from parvis.domains.interventions.rules import AlreadyStarted, State
from parvis.domains.interventions.services import cancel, open_intervention, start
from parvis.domains.interventions.tests.factories import (
    make_crew,
    make_intervention,
    make_organisation,
    make_team,
    order,
)
from parvis.foundations.identity.tests.factories import NOW, make_agent

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 8
CAUSE = "urn:ngsi-ld:Alarm:1"


def together(*works: Callable[[], Any]) -> list[Any]:
    """Runs all at the same instant, each on a connection of its own; answers their results, exceptions included."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(index: int, work: Callable[[], Any]) -> None:
        close_old_connections()
        try:
            connection.ensure_connection()
            gate.wait(10)
            results[index] = work()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index, work)) for index, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_one_of_eight_starts_and_the_others_read_who() -> None:
    team = make_team(make_organisation())
    intervention = make_intervention(team=team)
    crews = [make_crew(team) for _ in range(WORKERS)]
    results = together(*(lambda by=by: start(intervention=intervention, by=by, now=NOW) for by in crews))
    refused = [one for one in results if isinstance(one, AlreadyStarted)]
    intervention.refresh_from_db()
    assert len(refused) == WORKERS - 1
    assert intervention.started_by in crews
    assert all(intervention.started_by.display_name in str(one) for one in refused)
    assert intervention.events.filter(kind="started").count() == 1


def test_eight_open_for_one_cause_and_one_is_opened() -> None:
    wanted = order(make_organisation(), cause_urn=CAUSE)
    results = together(*(lambda: open_intervention(order=wanted, now=NOW) for _ in range(WORKERS)))
    assert {one.number for one in results} == {"I-2026-000001"}
    assert sum(one.created for one in results) == 1


def test_numbers_have_no_gap_and_no_double_however_many_open() -> None:
    owner = make_organisation()

    def work(worker: int) -> None:
        for step in range(5):
            # Every other order is for a cause the others fight for: refused ones must give their number back.
            cause = f"{CAUSE}{step}" if worker % 2 else ""
            open_intervention(order=order(owner, cause_urn=cause), now=NOW)

    assert not [one for one in together(*(lambda w=w: work(w) for w in range(WORKERS))) if one]
    numbers = sorted(Intervention.objects.values_list("number", flat=True))
    assert numbers == [f"I-2026-{rank:06d}" for rank in range(1, WORKERS // 2 * 5 + 5 + 1)]


def test_cancelling_and_opening_again_at_once_leaves_one_open_per_cause() -> None:
    owner, agent = make_organisation(), make_agent()
    first = make_intervention(owner, cause_urn=CAUSE)
    wanted = order(owner, cause_urn=CAUSE)
    results = together(
        lambda: cancel(intervention=first, by=agent, reason="x", now=NOW),
        *(lambda: open_intervention(order=wanted, now=NOW) for _ in range(WORKERS - 1)),
    )
    assert not [one for one in results if isinstance(one, Exception)]
    assert Cause.objects.filter(is_open=True).count() <= 1
    assert Intervention.objects.exclude(state=State.CANCELLED).count() == Cause.objects.filter(is_open=True).count()
