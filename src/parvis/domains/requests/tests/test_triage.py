"""What agents decide, and what makes a decision impossible."""

import pytest
from django.db import connection, transaction

from parvis.domains.interventions.facade import intervention_for_cause
from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import Attention, Kind, State
from parvis.domains.requests.selectors import lookup
from parvis.domains.requests.services import correspondence, routing, triage
from parvis.domains.requests.services.steps import ImpossibleMove, MissingReason, StaleRequest
from parvis.domains.requests.tests.factories import City, category, code_of, later, make_city, make_request
from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.models import User
from parvis.foundations.identity.tests.factories import make_agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def agent(city: City) -> User:
    return make_agent()


def reread(service_request: Request) -> Request:
    return Request.objects.get(pk=service_request.pk)


def test_accepting_opens_one_intervention_that_knows_nothing_of_the_person(agent: User) -> None:
    made = make_request(contact_name="Odile Exemple", contact_email="odile@exemple.fr", address="12 rue des Tilleuls")
    triage.accept(request_id=made.pk, version=1, message="Merci.", priority="high", by=agent, now=later())
    made = reread(made)
    opened = intervention_for_cause(made.urn)
    assert opened is not None
    assert (made.state, made.intervention_urn, made.version) == (State.ACCEPTED, opened.urn, 2)
    assert made.steps.get(kind=Kind.ACCEPTED).text == "Merci."
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(i)::text FROM interventions_intervention i")
        (row,) = cursor.fetchone()
    assert "12 rue des Tilleuls" in row
    assert "Odile" not in row
    assert "odile@" not in row


def test_accepting_twice_is_refused(agent: User) -> None:
    made = make_request()
    triage.accept(request_id=made.pk, version=None, by=agent, now=later())
    with pytest.raises(ImpossibleMove):
        triage.accept(request_id=made.pk, version=None, by=agent, now=later(2))


def test_nobody_is_sent_when_nobody_is_competent(agent: User) -> None:
    made = make_request()
    Request.objects.filter(pk=made.pk).update(organisation=None)
    with pytest.raises(triage.NobodyCompetent):
        triage.accept(request_id=made.pk, version=None, by=agent, now=later())
    assert reread(made).state == State.RECEIVED


def test_a_refusal_needs_words_and_closes(agent: User) -> None:
    made = make_request()
    with pytest.raises(MissingReason):
        triage.refuse(request_id=made.pk, version=None, reason="  ", by=agent, now=later())
    triage.refuse(request_id=made.pk, version=None, reason="Terrain privé.", by=agent, now=later())
    made = reread(made)
    assert (made.state, made.closed_at) == (State.REFUSED, later())
    assert made.steps.get(kind=Kind.REFUSED).is_public


def test_reopening_needs_a_reason_and_a_closed_request(agent: User) -> None:
    made = make_request()
    with pytest.raises(ImpossibleMove):
        triage.reopen(request_id=made.pk, version=None, reason="Erreur.", by=agent, now=later())
    triage.close(request_id=made.pk, version=None, by=agent, now=later())
    with pytest.raises(MissingReason):
        triage.reopen(request_id=made.pk, version=None, reason="", by=agent, now=later(2))
    triage.reopen(request_id=made.pk, version=None, reason="Fermé par erreur.", by=agent, now=later(3))
    made = reread(made)
    assert (made.state, made.closed_at) == (State.RECEIVED, None)


def test_a_screen_that_is_no_longer_true_changes_nothing(agent: User) -> None:
    made = make_request()
    correspondence.answer(request_id=made.pk, version=1, text="Bonjour.", by=agent, now=later())
    stale = {"request_id": made.pk, "version": 1, "by": agent, "now": later(2)}
    for change in (
        lambda: triage.accept(**stale),
        lambda: triage.refuse(reason="Non.", **stale),
        lambda: triage.close(**stale),
        lambda: correspondence.answer(text="Encore.", **stale),
        lambda: routing.reroute(organisation_id=made.organisation_id, reason="x", **stale),
        lambda: routing.recategorise(category=category("noise"), reroute_too=True, **stale),
        lambda: correspondence.publish_note(text="x", **stale),
    ):
        with pytest.raises(StaleRequest):
            change()
    made = reread(made)
    assert (made.state, made.version, made.steps.count()) == (State.RECEIVED, 2, 2)


def test_a_note_can_be_written_beside_another_agent(agent: User) -> None:
    made = make_request()
    for text in ("un", "deux"):
        correspondence.note(request_id=made.pk, text=text, by=agent, now=later())
    assert reread(made).version == 1
    assert made.steps.filter(kind=Kind.NOTE, is_public=False).count() == 2


def test_rerouting_keeps_the_reason_between_agents(city: City, agent: User) -> None:
    made = make_request()
    with pytest.raises(MissingReason):
        routing.reroute(
            request_id=made.pk, version=1, organisation_id=city.town_a.pk, reason=" ", by=agent, now=later()
        )
    with pytest.raises(routing.SameOrganisation):
        routing.reroute(
            request_id=made.pk, version=1, organisation_id=city.metropolis.pk, reason="x", by=agent, now=later()
        )
    routing.reroute(
        request_id=made.pk,
        version=1,
        organisation_id=city.town_a.pk,
        reason="Illumination de Noël",
        by=agent,
        now=later(),
    )
    made = reread(made)
    assert made.organisation == city.town_a
    assert made.steps.get(kind=Kind.ROUTED).text == "Ville d’Aubépine"
    assert not made.steps.get(text="Illumination de Noël").is_public
    assert Entry.objects.filter(action="request.rerouted", urn=made.urn).count() == 1


def test_the_metropolis_may_keep_what_nobody_claimed(city: City, agent: User) -> None:
    made = make_request(category=category("noise"))
    assert made.attention == Attention.TO_ROUTE
    routing.reroute(
        request_id=made.pk,
        version=1,
        organisation_id=city.metropolis.pk,
        reason="C’est pour nous.",
        by=agent,
        now=later(),
    )
    assert reread(made).attention == Attention.NONE


def test_another_category_may_mean_another_organisation(city: City, agent: User) -> None:
    made, kept, vague = make_request(), make_request(), make_request()
    routing.recategorise(
        request_id=made.pk, version=1, category=category("litter"), reroute_too=True, by=agent, now=later()
    )
    routing.recategorise(
        request_id=kept.pk, version=1, category=category("litter"), reroute_too=False, by=agent, now=later()
    )
    # Nobody declared who answers for noise: it stays where it is.
    routing.recategorise(
        request_id=vague.pk, version=1, category=category("noise"), reroute_too=True, by=agent, now=later()
    )
    assert reread(made).organisation == city.town_a
    assert reread(kept).organisation == city.metropolis
    assert reread(vague).organisation == city.metropolis
    assert made.steps.filter(kind=Kind.ROUTED).count() == 1
    assert not kept.steps.filter(kind=Kind.ROUTED).exists()


def test_an_answer_settles_what_the_resident_added(agent: User) -> None:
    made = make_request()
    correspondence.complete(request_id=made.pk, text="Encore pire.", author=None, now=later())
    assert reread(made).attention == Attention.ADDITION
    correspondence.answer(request_id=made.pk, version=None, text="Noté.", by=agent, now=later(2))
    assert reread(made).attention == Attention.NONE


def test_an_addition_does_not_hide_what_was_to_be_looked_at(agent: User) -> None:
    made = make_request(category=category("noise"))
    correspondence.complete(request_id=made.pk, text="Encore pire.", author=None, now=later())
    assert reread(made).attention == Attention.TO_ROUTE


def test_a_renewed_code_replaces_the_old_one(agent: User) -> None:
    made = make_request()
    old = code_of(made)
    new = correspondence.renew_code(request_id=made.pk, by=agent, now=later())
    assert lookup.tracked(old) is None
    assert lookup.tracked(new) == made
    assert code_of(reread(made)) == new


def test_what_fails_leaves_no_trace(agent: User) -> None:
    made = make_request()
    entries = Entry.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        triage.accept(request_id=made.pk, version=None, by=agent, now=later())
        raise RuntimeError
    assert reread(made).state == State.RECEIVED
    assert intervention_for_cause(made.urn) is None
    assert Entry.objects.count() == entries
