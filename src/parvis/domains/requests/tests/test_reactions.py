"""What interventions do to requests: once, in whatever order the news come."""

import itertools
from datetime import datetime
from typing import Any

import pytest
from django.core import mail

from parvis.domains.interventions.events import (
    CauseLinked,
    InterventionCancelled,
    InterventionFinished,
    InterventionOpened,
    InterventionRefused,
    InterventionReopened,
    InterventionStarted,
)
from parvis.domains.requests import reactions
from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import Attention, Kind, State
from parvis.domains.requests.services import triage
from parvis.domains.requests.tests.factories import City, later, make_city, make_request
from parvis.foundations.identity.tests.factories import make_agent
from parvis.kernel.testing import deliver

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city() -> City:
    return make_city()


def accepted(**fields: Any) -> Request:
    made = make_request(**fields)
    return triage.accept(request_id=made.pk, version=None, by=make_agent(), now=later(1))


def fact(kind: type[Any], service_request: Request, at: datetime, **fields: Any) -> Any:
    common = {
        "urn": service_request.intervention_urn or "urn:ngsi-ld:Intervention:77",
        "number": "I-2026-000077",
        "cause_urns": (service_request.urn, "urn:ngsi-ld:Alarm:1", "not a urn", "urn:ngsi-ld:ServiceRequest:x"),
        "thing_urn": "",
        "organisation_id": service_request.organisation_id,
        "at": at,
    }
    return kind(**{**common, **fields})


def opened(service_request: Request, at: datetime, **fields: Any) -> InterventionOpened:
    return fact(InterventionOpened, service_request, at, title="", subject="lighting", **fields)


def started(service_request: Request, at: datetime) -> InterventionStarted:
    return fact(InterventionStarted, service_request, at)


def finished(service_request: Request, at: datetime, text: str = "Ampoule changée.") -> InterventionFinished:
    return fact(InterventionFinished, service_request, at, comment="Interne : fusible.", public_comment=text)


def refused(service_request: Request, at: datetime) -> InterventionRefused:
    return fact(InterventionRefused, service_request, at, reason="Grille fermée.", public_comment="")


def state_of(service_request: Request) -> State:
    return State(Request.objects.get(pk=service_request.pk).state)


def test_the_whole_way_and_its_mails() -> None:
    made = accepted(contact_email="odile@exemple.fr")
    reactions.on_started(started(made, later(5)))
    assert state_of(made) == State.IN_PROGRESS
    reactions.on_finished(finished(made, later(9)))
    done = Request.objects.get(pk=made.pk)
    assert (done.state, done.closed_at) == (State.DONE, later(9))
    deliver()
    subjects = [message.subject for message in mail.outbox]
    assert [subject.split(made.number)[1] for subject in subjects] == [
        " reçu : Éclairage en panne",
        " pris en charge",
        " : intervention en cours",
        " résolu",
    ]
    assert "Ampoule changée." in mail.outbox[-1].body
    assert "fusible" not in mail.outbox[-1].body


def test_every_fact_may_be_told_twice() -> None:
    made = accepted(contact_email="odile@exemple.fr")
    for _ in range(2):
        reactions.on_started(started(made, later(5)))
    for _ in range(3):
        reactions.on_finished(finished(made, later(9)))
        deliver()
    kinds = list(made.steps.values_list("kind", flat=True))
    assert kinds == [Kind.RECEIVED, Kind.ACCEPTED, Kind.STARTED, Kind.DONE]
    assert len(mail.outbox) == 4


def test_any_order_of_arrival_ends_in_the_same_state() -> None:
    for order in itertools.permutations(range(3)):
        made = accepted()
        facts = [
            lambda made=made: reactions.on_opened(opened(made, later(1))),
            lambda made=made: reactions.on_started(started(made, later(5))),
            lambda made=made: reactions.on_finished(finished(made, later(9))),
        ]
        for index in order:
            facts[index]()
        assert state_of(made) == State.DONE, order


def test_a_refusal_of_the_crew_comes_back_to_the_agents_and_is_not_mailed() -> None:
    made = accepted(contact_email="odile@exemple.fr")
    reactions.on_started(started(made, later(5)))
    reactions.on_refused(refused(made, later(6)))
    back = Request.objects.get(pk=made.pk)
    assert (back.state, back.attention, back.closed_at) == (State.RECEIVED, Attention.RETURNED, None)
    step = back.steps.get(kind=Kind.RETURNED)
    assert (step.text, step.is_public) == ("Grille fermée.", False)
    deliver()
    assert not any("Grille" in message.body for message in mail.outbox)
    reactions.on_started(started(made, later(5)))
    assert state_of(made) == State.RECEIVED, "the late start is old news"


def test_a_cancelled_intervention_also_comes_back() -> None:
    made = accepted()
    reactions.on_cancelled(fact(InterventionCancelled, made, later(4), reason="Doublon."))
    assert state_of(made) == State.RECEIVED


def test_a_new_intervention_after_a_refusal_goes_its_way() -> None:
    made = accepted()
    reactions.on_refused(refused(made, later(6)))
    made = Request.objects.get(pk=made.pk)
    second = "urn:ngsi-ld:Intervention:88"
    reactions.on_opened(opened(made, later(7), urn=second))
    assert Request.objects.get(pk=made.pk).intervention_urn == second
    # News of the first one no longer concern it.
    reactions.on_finished(finished(made, later(8)))
    assert state_of(made) == State.ACCEPTED


def test_an_intervention_opened_by_hand_accepts() -> None:
    made = make_request()
    reactions.on_opened(opened(made, later(2)))
    got = Request.objects.get(pk=made.pk)
    assert (got.state, got.intervention_urn) == (State.ACCEPTED, "urn:ngsi-ld:Intervention:77")


def test_one_work_closes_every_request_that_waits_for_it() -> None:
    first = accepted()
    second = make_request()
    link = fact(CauseLinked, first, later(3), cause_urns=(first.urn, second.urn), cause_urn=second.urn, state="open")
    reactions.on_linked(link)
    assert state_of(second) == State.ACCEPTED
    reactions.on_finished(
        fact(InterventionFinished, first, later(9), cause_urns=(first.urn, second.urn), comment="", public_comment="")
    )
    assert {state_of(first), state_of(second)} == {State.DONE}


def test_what_agents_closed_stays_closed_and_they_read_the_end() -> None:
    made = accepted()
    triage.refuse(request_id=made.pk, version=None, reason="Terrain privé.", by=make_agent(), now=later(3))
    for _ in range(2):
        reactions.on_finished(finished(made, later(9)))
    assert state_of(made) == State.REFUSED
    note = made.steps.get(kind=Kind.NOTE)
    assert (note.is_public, note.text) == (False, "I-2026-000077 : Interne : fusible.")


def test_work_to_be_done_again_reopens_and_is_said() -> None:
    made = accepted(contact_email="odile@exemple.fr")
    reactions.on_started(started(made, later(5)))
    reactions.on_finished(finished(made, later(9)))
    again = fact(InterventionReopened, made, later(20), reason="Mal refait.")
    for _ in range(2):
        reactions.on_reopened(again)
    assert state_of(made) == State.ACCEPTED
    reactions.on_started(started(made, later(25)))
    reactions.on_finished(finished(made, later(29)))
    assert state_of(made) == State.DONE
    deliver()
    assert [m.subject.split(made.number)[1] for m in mail.outbox][-3:] == [
        " rouvert",
        " : intervention en cours",
        " résolu",
    ]
    assert "Mal refait" not in "".join(m.body for m in mail.outbox)


def test_a_request_that_is_gone_is_not_missed() -> None:
    made = accepted()
    event = finished(made, later(9))
    Request.objects.filter(pk=made.pk).delete()
    reactions.on_finished(event)
