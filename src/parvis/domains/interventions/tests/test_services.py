"""Work orders, with the database: opening once, the life, the races, the constraints."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image

from parvis.capabilities.files.services import NotAPhoto, PhotoTooLarge
from parvis.domains.interventions import facade
from parvis.domains.interventions.models import Cause, Intervention, InterventionEventKind, Photo
from parvis.domains.interventions.rules import AlreadyEnded, AlreadyStarted, NotStarted, ReasonMissing, State
from parvis.domains.interventions.services import (
    CauseHasAnother,
    TeamOfAnotherOrganisation,
    UnknownIntervention,
    assign,
    cancel,
    finish,
    link_cause,
    note_for_cause,
    open_intervention,
    refuse,
    reopen,
    start,
)
from parvis.domains.interventions.tests.factories import (
    make_crew,
    make_intervention,
    make_organisation,
    make_team,
    order,
)
from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.tests.factories import NOW, make_agent
from parvis.kernel.events import Event

pytestmark = pytest.mark.django_db

CAUSE = "urn:ngsi-ld:ServiceRequest:7"
SYSTEM = "urn:ngsi-ld:System:parvis"


def published(block: Callable[[], Any]) -> list[str]:
    """Names of what the block told the rest of the platform."""
    told: list[Event] = []
    with (
        patch("parvis.domains.interventions.services.opening.publish", told.append),
        patch("parvis.domains.interventions.services.work.publish", told.append),
    ):
        block()
    return [type(fact).__name__ for fact in told]


def photo_file(name: str = "p.jpg") -> SimpleUploadedFile:
    stream = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(stream, "JPEG")
    return SimpleUploadedFile(name, stream.getvalue(), "image/jpeg")


def test_numbers_follow_each_other_and_begin_again_with_the_local_year() -> None:
    owner = make_organisation()
    last_hour_of_the_year_in_paris = NOW.replace(year=2026, month=12, day=31, hour=22, minute=59)
    moments = [
        last_hour_of_the_year_in_paris,
        last_hour_of_the_year_in_paris,
        last_hour_of_the_year_in_paris + timedelta(minutes=2),
    ]
    numbers = [open_intervention(order=order(owner), now=moment).number for moment in moments]
    assert numbers == ["I-2026-000001", "I-2026-000002", "I-2027-000001"]


def test_a_number_given_up_leaves_no_gap() -> None:
    owner = make_organisation()
    with pytest.raises(RuntimeError), transaction.atomic():
        open_intervention(order=order(owner), now=NOW)
        raise RuntimeError
    assert open_intervention(order=order(owner), now=NOW).number == "I-2026-000001"


def test_one_open_intervention_per_cause() -> None:
    owner = make_organisation()
    first = facade.open_intervention(order=order(owner, cause_urn=CAUSE), now=NOW)
    again = facade.open_intervention(order=order(owner, cause_urn=CAUSE), now=NOW)
    assert (first.created, again.created, again.urn) == (True, False, first.urn)
    cancel(intervention=Intervention.objects.get(), by=make_agent(), reason="doublon", now=NOW)
    assert facade.open_intervention(order=order(owner, cause_urn=CAUSE), now=NOW).created
    assert Intervention.objects.count() == 2


def test_the_database_refuses_a_second_open_intervention_for_a_cause_whatever_the_code_does() -> None:
    make_intervention(cause_urn=CAUSE)
    other = make_intervention()
    with pytest.raises(IntegrityError, match="intervention_one_open_per_cause"), transaction.atomic():
        Cause.objects.create(
            intervention=other, cause_urn=CAUSE, linked_at=NOW, is_open=False
        )  # the trigger knows better


def test_interventions_by_hand_have_no_cause_and_are_not_confused() -> None:
    assert make_intervention().pk != make_intervention().pk


def test_the_same_form_sent_twice_opens_once() -> None:
    owner, nonce = make_organisation(), uuid.uuid4()
    wanted = order(owner)
    first, second = (open_intervention(order=wanted, now=NOW, nonce=nonce) for _ in range(2))
    assert first.urn == second.urn


def test_a_whole_life_is_told_written_and_journaled() -> None:
    team = make_team(make_organisation())
    agent, crew = make_agent(), make_crew(team)

    def life() -> None:
        intervention = make_intervention(team.organisation, cause_urn=CAUSE)
        assign(intervention=intervention, team=team, by=agent, now=NOW)
        start(intervention=intervention, by=crew, now=NOW)
        finish(
            intervention=intervention, by=crew, comment="Ampoule", public_comment="Réparé.", photo=photo_file(), now=NOW
        )

    assert published(life) == [
        "InterventionOpened",
        "InterventionAssigned",
        "InterventionStarted",
        "InterventionFinished",
    ]
    done = Intervention.objects.get()
    assert (done.state, done.started_by, done.comment, done.ended_at) == (State.DONE, crew, "Ampoule", NOW)
    assert list(done.events.values_list("kind", flat=True)) == ["opened", "assigned", "started", "finished"]
    assert Photo.objects.get().file.owner_urn == str(done.urn)
    journal = Entry.objects.filter(urn=str(done.urn)).order_by("id").values_list("action", "actor")
    assert list(journal) == [
        ("intervention.opened", SYSTEM),
        ("intervention.assigned", agent.urn),
        ("intervention.started", crew.urn),
        ("intervention.finished", crew.urn),
    ]


def test_the_second_to_start_reads_who_was_first() -> None:
    team = make_team(make_organisation())
    first, second = make_crew(team), make_crew(team)
    intervention = make_intervention(team=team, started_by=first)
    with pytest.raises(AlreadyStarted, match=first.display_name):
        start(intervention=intervention, by=second, now=NOW)
    intervention.refresh_from_db()
    assert intervention.started_by == first


def test_the_same_form_sent_twice_does_nothing_more() -> None:
    team = make_team(make_organisation())
    crew, nonce = make_crew(team), uuid.uuid4()
    intervention = make_intervention(team=team, started_by=crew)

    def send() -> None:
        finish(intervention=intervention, by=crew, comment="fait", photo=photo_file(), nonce=nonce, now=NOW)

    assert published(send) == ["InterventionFinished"]
    assert published(send) == []
    assert Photo.objects.count() == 1
    with pytest.raises(AlreadyEnded):
        finish(intervention=intervention, by=crew, nonce=uuid.uuid4(), now=NOW)


def test_a_refused_photo_changes_nothing() -> None:
    team = make_team(make_organisation())
    crew = make_crew(team)
    intervention = make_intervention(team=team, started_by=crew)
    for content, refusal in ((b"x" * 30_000_000, PhotoTooLarge), (b"<script>", NotAPhoto)):
        with pytest.raises(refusal):
            finish(
                intervention=intervention, by=crew, photo=SimpleUploadedFile("p.jpg", content, "image/jpeg"), now=NOW
            )
    intervention.refresh_from_db()
    assert intervention.state == State.IN_PROGRESS


def test_refusals_want_words() -> None:
    team = make_team(make_organisation())
    crew = make_crew(team)
    intervention = make_intervention(team=team)
    for verb in (refuse, cancel):
        with pytest.raises(ReasonMissing):
            verb(intervention=intervention, by=crew, reason="  ", now=NOW)
    with pytest.raises(NotStarted):
        finish(intervention=intervention, by=crew, now=NOW)
    assert published(lambda: refuse(intervention=intervention, by=crew, reason="Accès fermé", now=NOW)) == [
        "InterventionRefused"
    ]
    intervention.refresh_from_db()
    assert (intervention.state, intervention.reason) == (State.REFUSED, "Accès fermé")


def test_reopening_gives_it_back_to_its_team_unless_its_cause_found_another() -> None:
    team = make_team(make_organisation())
    crew, agent = make_crew(team), make_agent()
    first = make_intervention(team=team, started_by=crew, done=True, cause_urn=CAUSE)
    reopened = reopen(intervention=first, by=agent, reason="De nouveau éteint", now=NOW)
    assert (reopened.state, reopened.ended_at, reopened.started_by) == (State.ASSIGNED, None, None)
    assert Cause.objects.get().is_open
    cancel(intervention=first, by=agent, reason="erreur", now=NOW)
    make_intervention(cause_urn=CAUSE)
    with pytest.raises(CauseHasAnother):
        reopen(intervention=first, by=agent, reason="encore", now=NOW)


def test_only_a_team_of_the_organisation_or_of_its_services_is_given_the_work() -> None:
    owner = make_organisation()
    service = make_organisation(kind="service", parent=owner)
    intervention, agent = make_intervention(owner), make_agent()
    with pytest.raises(TeamOfAnotherOrganisation):
        assign(intervention=intervention, team=make_team(make_organisation()), by=agent, now=NOW)
    assert assign(intervention=intervention, team=make_team(service), by=agent, now=NOW).state == State.ASSIGNED


def test_several_causes_wait_for_the_same_work() -> None:
    intervention = make_intervention(cause_urn=CAUSE)
    urn, other = str(intervention.urn), "urn:ngsi-ld:ServiceRequest:8"
    told = published(lambda: [link_cause(urn=urn, cause_urn=other, actor=SYSTEM, now=NOW) for _ in range(2)])
    assert told == ["CauseLinked"]
    assert list(intervention.causes.values_list("cause_urn", flat=True)) == [CAUSE, other]
    assert facade.intervention_for_cause(other) == facade.intervention_for_cause(CAUSE)
    make_intervention(cause_urn="urn:ngsi-ld:ServiceRequest:9")
    with pytest.raises(CauseHasAnother):
        link_cause(urn=urn, cause_urn="urn:ngsi-ld:ServiceRequest:9", actor=SYSTEM, now=NOW)
    with pytest.raises(UnknownIntervention):
        link_cause(urn="urn:ngsi-ld:Intervention:999", cause_urn=other, actor=SYSTEM, now=NOW)
    cancel(intervention=intervention, by=make_agent(), reason="x", now=NOW)
    with pytest.raises(AlreadyEnded):
        link_cause(urn=urn, cause_urn="urn:ngsi-ld:ServiceRequest:10", actor=SYSTEM, now=NOW)


def test_what_a_crew_should_know_is_one_line_however_often_told() -> None:
    intervention = make_intervention(cause_urn=CAUSE)
    assert [note_for_cause(cause_urn=CAUSE, text="Revenu", at=NOW) for _ in range(2)] == [1, 0]
    assert intervention.events.filter(kind=InterventionEventKind.NOTED).count() == 1


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "assigned"}, "intervention_worked_by_a_team"),
        ({"state": "done", "ended_at": NOW}, "intervention_(worked_by_a_team|started_says_when)"),
        ({"state": "cancelled"}, "intervention_ended_says_when"),
        ({"ended_at": NOW}, "intervention_ended_says_when"),
        ({"state": "refused", "ended_at": NOW}, "intervention_refused_says_why"),
        ({"state": "lost"}, "intervention_"),
        ({"longitude": None}, "intervention_place_whole_or_absent"),
    ],
)
def test_the_database_keeps_the_life_straight(fields: dict[str, Any], constraint: str) -> None:
    intervention = make_intervention()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Intervention.objects.filter(pk=intervention.pk).update(**fields)
