"""Registration, reset, invitation, change of address: links that serve once, and answers that never tell who has an account."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from parvis.foundations.identity import links
from parvis.foundations.identity.models import Session, User
from parvis.foundations.identity.services import create_agent, register_resident
from parvis.foundations.identity.services.accounts import AddressTaken
from parvis.foundations.identity.tests.factories import NOW, PASSWORD, make_agent, make_resident, sign_in
from parvis.foundations.identity.tests.pages import text_of
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.kernel import clock
from parvis.kernel.testing import deliver

pytestmark = pytest.mark.django_db

FORM = {"display_name": "Camille Durand", "email": "camille@example.org", "password": PASSWORD}
NEW = "Quatre mots bien choisis"


def link_in(message: Any) -> str:
    found = re.search(r"https?://[^/\s]+(/\S+)", message.body)
    assert found, message.body
    return found[1]


def last_link() -> str:
    deliver()
    return link_in(mail.outbox[-1])


def test_a_resident_registers_confirms_and_is_signed_in(client: Client) -> None:
    assert client.post("/identity/register", FORM).status_code == 200
    user = User.objects.get()
    assert (user.email, user.is_agent, user.email_confirmed_at) == ("camille@example.org", False, None)
    link = last_link()
    assert client.get(link).status_code == 200
    assert User.objects.get().email_confirmed_at is None  # opening it is not enough: mail scanners do
    assert client.post(link, {"current": "not this one"}).status_code == 422
    assert client.post(link, {"current": PASSWORD})["Location"] == "/"
    assert client.get("/identity/account").status_code == 200
    assert Client().get(link).status_code == 410  # it has served


def test_registering_a_known_address_answers_the_same_and_warns_its_owner(client: Client) -> None:
    fresh = client.post("/identity/register", FORM)
    make_resident(email="known@example.org", password=PASSWORD)
    known = client.post("/identity/register", {**FORM, "email": "Known@example.org", "password": NEW})
    assert known.status_code == fresh.status_code == 200
    assert text_of(fresh).replace("camille@", "Known@") == text_of(known)
    deliver()
    assert [message.to for message in mail.outbox] == [["camille@example.org"], ["known@example.org"]]
    assert "déjà" in mail.outbox[1].subject
    owner = User.objects.get(email="known@example.org")
    assert owner.check_password(PASSWORD)
    assert owner.display_name != "Camille Durand"


def test_who_registers_the_address_of_another_gains_nothing(client: Client) -> None:
    """The owner opens the stranger's link, then registers: the stranger's password never opens the account."""
    register_resident(email="camille@example.org", display_name="x", password="the stranger knows it", now=NOW)
    strangers_link = last_link()
    assert client.post(strangers_link, {"current": PASSWORD}).status_code == 422
    client.post("/identity/register", FORM)
    assert client.get(strangers_link).status_code == 410
    assert client.post(last_link(), {"current": PASSWORD}).status_code == 302
    assert not User.objects.get().check_password("the stranger knows it")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("court", "trop court"),
        ("azertyuiop", "trop courant"),
        ("aaaaaaaaaaaaaaa", "trop courant"),
        ("918273645546", "que des chiffres"),
        ("camille@example.org", "ressemble trop"),
        ("durand2026", "ressemble trop"),
        ("x" * 300, "trop"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(client: Client, password: str, said: str) -> None:
    response = client.post("/identity/register", {**FORM, "password": password})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not User.objects.exists()


def test_registrations_from_one_address_are_limited(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from parvis.foundations.identity.views.portal import links as view

    monkeypatch.setattr(view, "REGISTRATIONS_PER_HOUR", 2)
    statuses = [client.post("/identity/register", {**FORM, "email": f"n{n}@example.org"}).status_code for n in range(3)]
    assert statuses == [200, 200, 429]


def test_a_forgotten_password_is_chosen_anew_and_ends_every_session(client: Client) -> None:
    user = make_resident(email="camille@example.org", password=PASSWORD)
    elsewhere = sign_in(Client(), user)
    client.post("/identity/forgotten", {"email": "Camille@example.org"})
    link = last_link()
    assert client.post(link, {"password": NEW, "again": "autre chose que cela"}).status_code == 422
    assert client.post(link, {"password": NEW, "again": NEW})["Location"] == "/identity/sign-in"
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert not Session.objects.filter(user=user).exists()
    assert elsewhere.get("/identity/account").status_code == 302
    assert client.get(link).status_code == 410
    assert client.post(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 410
    deliver()
    assert "changé" in mail.outbox[-1].subject


def test_asking_a_reset_answers_the_same_and_queues_the_same(client: Client) -> None:
    make_resident(email="camille@example.org")
    known = client.post("/identity/forgotten", {"email": "camille@example.org"})
    unknown = client.post("/identity/forgotten", {"email": "no-one@example.org"})
    assert text_of(known).replace("camille", "no-one") == text_of(unknown)
    jobs = ProcrastinateJob.objects.order_by("id")
    assert len(jobs) == 2
    assert "example.org" not in repr([job.args for job in jobs])  # no address in a job, nor a link
    deliver()
    assert len(mail.outbox) == 1


def test_resets_are_limited_without_saying_so(client: Client) -> None:
    make_resident(email="camille@example.org")
    for _ in range(5):
        assert client.post("/identity/forgotten", {"email": "camille@example.org"}).status_code == 200
    deliver()
    assert len(mail.outbox) == 3


def test_a_reset_proves_the_address_but_not_the_second_factor(client: Client) -> None:
    agent = make_agent("audit.view", email="agent@example.org", password=PASSWORD)
    client.post("/identity/forgotten", {"email": agent.email})
    client.post(last_link(), {"password": NEW, "again": NEW})
    response = client.post("/identity/sign-in", {"email": agent.email, "password": NEW})
    assert "second-factor" in response["Location"]


def test_an_agent_is_invited_and_chooses_a_password_of_twelve(client: Client) -> None:
    agent = create_agent(email="Agent@Example.org", display_name="Malik Besson", password=None, now=NOW)
    assert not agent.has_usable_password()
    link = last_link()
    assert "/identity/invitation/" in link
    short = "onze lettre"
    assert client.post(link, {"password": short, "again": short}).status_code == 422
    assert client.post(link, {"password": NEW, "again": NEW}).status_code == 302
    agent.refresh_from_db()
    assert agent.check_password(NEW)
    assert agent.email_confirmed_at is not None
    assert client.get(link).status_code == 410


def test_a_resident_becomes_an_agent_with_the_same_password_and_not_twice() -> None:
    resident = make_resident(email="camille@example.org", password=PASSWORD)
    agent = create_agent(email=resident.email, display_name="Camille", password=None, now=NOW)
    assert agent.pk == resident.pk
    assert agent.check_password(PASSWORD)
    deliver()
    assert not mail.outbox  # nothing to choose
    with pytest.raises(AddressTaken):
        create_agent(email=resident.email, display_name="Camille", password=None, now=NOW)


def test_an_unconfirmed_stranger_does_not_become_an_agent_with_their_password() -> None:
    register_resident(email="agent@example.org", display_name="x", password="the stranger knows it", now=NOW)
    agent = create_agent(email="agent@example.org", display_name="Malik", password=None, now=NOW)
    assert not agent.has_usable_password()


def test_a_change_of_address_takes_the_password_and_the_link(client: Client) -> None:
    user = make_resident(email="old@example.org", password=PASSWORD)
    sign_in(client, user)
    form = {"email": "New@example.org", "current": "wrong"}
    assert client.post("/identity/account/email", form).status_code == 422
    client.post("/identity/account/email", {**form, "current": PASSWORD})
    deliver()
    assert {message.to[0]: message.subject for message in mail.outbox} == {
        "new@example.org": "Confirmez votre nouvelle adresse",
        "old@example.org": "Un changement d’adresse est demandé",
    }
    link = link_in(next(message for message in mail.outbox if message.to == ["new@example.org"]))
    assert client.get(link).status_code == 200
    user.refresh_from_db()
    assert user.email == "old@example.org"
    client.post(link)
    user.refresh_from_db()
    assert (user.email, user.new_email) == ("new@example.org", "")
    assert client.get(link).status_code == 410


def test_a_change_to_a_taken_address_answers_the_same_and_changes_nothing(client: Client) -> None:
    make_resident(email="taken@example.org")
    user = make_resident(email="old@example.org", password=PASSWORD)
    sign_in(client, user)
    free = client.post("/identity/account/email", {"email": "free@example.org", "current": PASSWORD})
    taken = client.post("/identity/account/email", {"email": "taken@example.org", "current": PASSWORD})
    assert free["Location"] == taken["Location"]
    deliver()
    assert not any("confirm-email" in message.body and message.to == ["taken@example.org"] for message in mail.outbox)
    user.refresh_from_db()
    link = f"/identity/confirm-email/{links.make_link_token(user, links.CHANGE_EMAIL, clock.now())}"
    client.post(link)
    user.refresh_from_db()
    assert user.email == "old@example.org"


def test_links_bear_the_name_of_the_portal_they_were_asked_from(client: Client) -> None:
    Organisation.objects.create(kind=Kind.METROPOLIS, name="Métropole", short_name="M", slug="metropole")
    Organisation.objects.create(kind=Kind.COMMUNE, name="Talant", short_name="Talant", slug="talant")
    assert client.post("/c/talant/identity/register", FORM).status_code == 200
    deliver()
    assert "/c/talant/identity/confirm/" in mail.outbox[0].body
    assert "Talant" in mail.outbox[0].body


@pytest.mark.parametrize("purpose", [links.CONFIRM, links.RESET, links.INVITE, links.CHANGE_EMAIL])
def test_a_link_has_a_term_a_purpose_and_one_account(purpose: links.Purpose) -> None:
    user = make_resident()
    token = links.make_link_token(user, purpose, NOW)
    assert links.read_link_token(token, purpose, NOW + purpose.lasts) == user
    assert links.read_link_token(token, purpose, NOW + purpose.lasts + timedelta(seconds=1)) is None
    for other in {links.CONFIRM, links.RESET, links.INVITE, links.CHANGE_EMAIL} - {purpose}:
        assert links.read_link_token(token, other, NOW) is None
    assert links.read_link_token(token[:-2] + "xx", purpose, NOW) is None
    assert links.read_link_token("", purpose, NOW) is None
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert links.read_link_token(token, purpose, NOW) is None


def test_a_reaction_run_twice_does_no_harm() -> None:
    from parvis.foundations.identity import events, reactions

    user = make_resident()
    reactions.send_confirmation(events.ResidentRegistered(uid=str(user.uid), known=False))
    assert not mail.outbox  # confirmed meanwhile
    reactions.send_reset(events.PasswordResetAsked(uid=""))
    reactions.send_reset(events.PasswordResetAsked(uid="00000000-0000-0000-0000-000000000000"))
    assert not mail.outbox
