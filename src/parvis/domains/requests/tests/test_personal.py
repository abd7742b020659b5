"""Personal data: shown on demand and journaled, erased at term, handed over and erased on request."""

import json
from datetime import timedelta
from typing import Any

import pytest

from parvis.capabilities.files.models import StoredFile
from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import Kind
from parvis.domains.requests.selectors import lookup
from parvis.domains.requests.services import correspondence, personal, triage
from parvis.domains.requests.tests.factories import City, category, code_of, later, make_city, make_request, photo
from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.tests.factories import make_agent, make_resident
from parvis.foundations.organisations.models import OrganisationSetting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city(settings: Any, tmp_path: Any) -> City:
    settings.PARVIS_HOME = tmp_path
    return make_city()


def closed(**fields: Any) -> Request:
    made = make_request(
        contact_name="Odile Exemple", contact_email="odile@exemple.fr", contact_phone="0380000000", **fields
    )
    correspondence.complete(
        request_id=made.pk, text="Chez ma voisine Mme Secret", photo=photo(), author=None, now=later(1)
    )
    correspondence.answer(request_id=made.pk, version=None, text="Bonjour Odile", by=make_agent(), now=later(2))
    return triage.close(request_id=made.pk, version=None, message="Réparé.", by=make_agent(), now=later(3))


def everything(service_request: Request) -> str:
    row = Request.objects.filter(pk=service_request.pk).values().get()
    return str(row) + str(list(service_request.steps.values()))


def test_nothing_is_erased_before_its_term() -> None:
    made = closed()
    assert personal.purge(later(3) + timedelta(days=365)) == 0
    assert "odile@exemple.fr" in everything(made)


def test_at_term_nobody_can_be_found_again_and_the_problem_stays(tmp_path: Any) -> None:
    made = closed(reporter=make_resident())
    code = code_of(made)
    kept = StoredFile.objects.get(owner_urn=made.urn)
    assert kept.erased_at is None
    assert personal.purge(later(4) + timedelta(days=365)) == 1
    left = everything(made)
    for gone in ("Odile", "odile@", "0380000000", "Secret"):
        assert gone not in left, gone
    made = Request.objects.get(pk=made.pk)
    assert made.reporter is None
    assert made.description == "Lampadaire éteint devant l’école."
    assert made.steps.get(kind=Kind.DONE).text == "Réparé."
    assert lookup.tracked(code) is None
    kept.refresh_from_db()
    assert kept.erased_at is not None
    assert personal.purge(later(5) + timedelta(days=365)) == 0, "once is enough"


def test_open_requests_keep_their_contact_however_old() -> None:
    make_request(contact_email="odile@exemple.fr")
    assert personal.purge(later() + timedelta(days=4000)) == 0


def test_each_organisation_has_its_term(city: City) -> None:
    make_light, make_litter = closed(), closed(category=category("litter"))
    OrganisationSetting.objects.create(organisation=city.town_a, key="requests.keep_contact_days", value=30)
    assert personal.purge(later(4) + timedelta(days=30)) == 1
    assert "odile@" in everything(make_light)
    assert "odile@" not in everything(make_litter)


def test_what_nobody_is_in_charge_of_is_erased_too() -> None:
    made = closed()
    Request.objects.filter(pk=made.pk).update(organisation=None)
    assert personal.purge(later(4) + timedelta(days=365)) == 1


def test_batches_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal, "_BATCH", 2)
    for _ in range(5):
        made = make_request(contact_email="odile@exemple.fr")
        triage.close(request_id=made.pk, version=None, by=make_agent(), now=later(3))
    assert personal.purge(later(4) + timedelta(days=365)) == 5


def test_looking_at_a_contact_is_journaled() -> None:
    made = closed()
    agent = make_agent()
    shown = personal.reveal_contact(request_id=made.pk, by=agent, now=later(9))
    assert (shown.name, shown.email, shown.phone) == ("Odile Exemple", "odile@exemple.fr", "0380000000")
    entry = Entry.objects.get(action="request.contact_read")
    assert (entry.actor, entry.urn, entry.right) == (agent.urn, made.urn, "requests.contact")
    assert "odile" not in entry.details.lower()


def test_the_contact_of_an_account_is_the_account_when_nothing_else_was_given() -> None:
    rose = make_resident(email="rose@exemple.fr", display_name="Rose Exemple")
    made = make_request(reporter=rose)
    shown = personal.reveal_contact(request_id=made.pk, by=make_agent(), now=later())
    assert (shown.name, shown.email, shown.is_account) == ("Rose Exemple", "rose@exemple.fr", True)


def test_a_person_takes_away_theirs_without_what_agents_wrote_to_each_other() -> None:
    rose, other = make_resident(), make_resident()
    made, theirs = make_request(reporter=rose), make_request(reporter=other)
    correspondence.note(request_id=made.pk, text="Interne", by=make_agent(), now=later())
    exported = json.dumps(personal.export_of(rose))
    assert made.number in exported
    assert theirs.number not in exported
    assert "Interne" not in exported


def test_a_person_is_forgotten_and_the_problem_stays() -> None:
    rose = make_resident()
    made = make_request(reporter=rose, contact_email="rose@exemple.fr")
    assert personal.erase_of(rose) == 1
    made = Request.objects.get(pk=made.pk)
    assert made.is_open
    assert not made.has_contact
    assert personal.export_of(rose) == []


def test_no_code_is_given_for_what_was_erased() -> None:
    made = closed()
    personal.purge(later(4) + timedelta(days=365))
    with pytest.raises(correspondence.NoMoreTracking):
        correspondence.renew_code(request_id=made.pk, by=make_agent(), now=later(5))


def test_words_written_after_the_erasure_go_in_their_turn() -> None:
    made = closed()
    erased_at = later(4) + timedelta(days=365)
    personal.purge(erased_at)
    correspondence.note(request_id=made.pk, text="Rappel de Mme Secret", by=make_agent(), now=erased_at)
    assert personal.purge_steps(erased_at + timedelta(days=364)) == 0
    assert personal.purge_steps(erased_at + timedelta(days=366)) == 1
    assert "Secret" not in everything(made)
