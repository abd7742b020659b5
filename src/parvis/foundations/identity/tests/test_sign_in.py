"""The door: passwords, lock-out, second factor, sessions that end."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client, RequestFactory

from parvis.foundations.audit.models import Entry
from parvis.foundations.identity import rates, rules
from parvis.foundations.identity.models import AttemptRecord, RecoveryCode, Role, Session, TotpDevice, User
from parvis.foundations.identity.services import second_factor as factors
from parvis.foundations.identity.services.passwords import TooManyAttempts, WrongCredentials, authenticate
from parvis.foundations.identity.sessions import client_network
from parvis.foundations.identity.tests.factories import PASSWORD, make_agent, make_resident, sign_in
from parvis.foundations.identity.tests.pages import text_of
from parvis.foundations.organisations.models import Kind, Organisation, OrganisationSetting
from parvis.kernel import clock

pytestmark = pytest.mark.django_db
SIGN_IN = "/identity/sign-in"


@pytest.fixture
def resident() -> User:
    return make_resident(email="camille@example.org", password=PASSWORD)


@pytest.fixture
def agent() -> User:
    return make_agent("audit.view", email="agent@example.org", password=PASSWORD)


def attempt(client: Client, email: str, password: str = PASSWORD, **extra: str) -> Any:
    return client.post(SIGN_IN, {"email": email, "password": password, **extra})


def signed_in(client: Client) -> bool:
    return client.get("/identity/account").status_code == 200


def test_a_resident_signs_in_with_any_case_and_goes_home(client: Client, resident: User) -> None:
    assert attempt(client, "Camille@Example.ORG")["Location"] == "/"
    assert signed_in(client)


def test_the_page_that_was_wanted_is_reached(client: Client, resident: User) -> None:
    assert attempt(client, resident.email, next="/requests/mine?page=2")["Location"] == "/requests/mine?page=2"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil",
        "http:///evil.example",
    ],
)
def test_nobody_is_sent_elsewhere(client: Client, resident: User, target: str) -> None:
    assert attempt(client, resident.email, next=target)["Location"] == "/"


def test_who_exists_and_who_does_not_get_the_same_answer(client: Client, resident: User) -> None:
    wrong = attempt(client, resident.email, "not this one")
    unknown = attempt(client, "nobody@example.org", "not this one")
    closed = make_resident(email="closed@example.org", password=PASSWORD, is_active=False)
    shut = attempt(client, closed.email)
    assert wrong.status_code == unknown.status_code == shut.status_code == 422
    for response, email in ((unknown, "nobody@example.org"), (shut, closed.email)):
        assert text_of(response).replace(email, resident.email) == text_of(wrong)


def test_as_much_work_is_done_for_an_unknown_address(resident: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from parvis.foundations.identity.tests.hashers import QuickArgon2

    hashed: list[str] = []
    encode, verify = QuickArgon2.encode, QuickArgon2.verify
    monkeypatch.setattr(QuickArgon2, "encode", lambda *a, **k: hashed.append("encode") or encode(*a, **k))
    monkeypatch.setattr(QuickArgon2, "verify", lambda *a, **k: hashed.append("verify") or verify(*a, **k))
    for email in (resident.email, "nobody@example.org"):
        hashed.clear()
        with pytest.raises(WrongCredentials):
            authenticate(email=email, password="wrong", address="1", now=clock.now())
        assert len(hashed) == 1


def test_an_unconfirmed_address_does_not_sign_in_and_gets_its_link_again(client: Client) -> None:
    user = make_resident(password=PASSWORD, email_confirmed_at=None)
    assert "pas encore confirmée" in attempt(client, user.email).content.decode()
    assert not signed_in(client)


def test_the_session_key_changes_at_sign_in(client: Client, resident: User) -> None:
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = "by a stranger"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    attempt(client, resident.email)
    assert client.cookies["sessionid"].value != planted
    assert "planted" not in client.session
    assert not Session.objects.filter(session_key=planted).exists()


@pytest.mark.parametrize("email", ["camille@example.org", "nobody@example.org"])
def test_the_door_shuts_after_five_failures_whoever_it_is(resident: User, email: str) -> None:
    now = clock.now()
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            authenticate(email=email, password="wrong", address="10.0.0.1", now=now)
    with pytest.raises(TooManyAttempts, match="30 secondes"):
        authenticate(email=email, password=PASSWORD, address="10.0.0.1", now=now)


def test_each_further_failure_shuts_it_longer_and_time_opens_it(resident: User) -> None:
    now = clock.now()
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            authenticate(email=resident.email, password="wrong", address="a", now=now)
    for wait_s in (30, 60, 120, 240):
        with pytest.raises(TooManyAttempts):
            authenticate(email=resident.email, password=PASSWORD, address="a", now=now + timedelta(seconds=wait_s - 1))
        now += timedelta(seconds=wait_s)
        with pytest.raises(WrongCredentials):
            authenticate(email=resident.email, password="wrong", address="a", now=now)
    now += timedelta(seconds=480)
    assert authenticate(email=resident.email, password=PASSWORD, address="a", now=now) == resident
    assert not AttemptRecord.objects.exists()


def test_another_address_is_not_shut_out_by_a_stranger(resident: User) -> None:
    now = clock.now()
    for _ in range(6):
        with pytest.raises((WrongCredentials, TooManyAttempts)):
            authenticate(email=resident.email, password="wrong", address="stranger", now=now)
    assert authenticate(email=resident.email, password=PASSWORD, address="home", now=now) == resident


def test_the_delay_stops_growing_at_an_hour() -> None:
    assert [int(rules.blocked_for(n).total_seconds()) for n in range(1, 15)] == [
        *(0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600)
    ]
    assert rules.blocked_for(10_000) == timedelta(hours=1)


def test_failures_are_forgotten_after_a_day(resident: User) -> None:
    now = clock.now()
    for _ in range(4):
        rates.begin_attempt(email=resident.email, address="a", now=now)
    later = rates.begin_attempt(email=resident.email, address="a", now=now + timedelta(hours=25))
    assert (later.failures, later.refused) == (1, False)
    assert rates.purge_attempts(now + timedelta(hours=50)) == 1


def test_no_list_of_addresses_is_kept() -> None:
    rates.begin_attempt(email="camille@example.org", address="a", now=clock.now())
    assert "camille" not in repr(AttemptRecord.objects.values().get())


def test_one_address_cannot_try_accounts_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    from parvis.foundations.identity.services import passwords

    monkeypatch.setattr(passwords, "SIGN_INS_PER_ADDRESS", 3)
    now = clock.now()
    for number in range(3):
        with pytest.raises(WrongCredentials):
            authenticate(email=f"n{number}@example.org", password="x", address="1", now=now)
    with pytest.raises(TooManyAttempts):
        authenticate(email="other@example.org", password="x", address="1", now=now)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),  # IPv4 on a socket of both, which must not be one network with all others
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),  # one subscriber
        ("", ""),  # a unix socket
    ],
)
def test_networks(rf: RequestFactory, address: str, network: str) -> None:
    assert client_network(rf.get("/", REMOTE_ADDR=address)) == network


def test_a_subscriber_with_many_ipv6_addresses_is_one(client: Client, resident: User) -> None:
    answers = [
        client.post(SIGN_IN, {"email": resident.email, "password": "wrong"}, REMOTE_ADDR=f"2001:db8::{number}")
        for number in range(1, rules.FREE_FAILURES + 2)
    ]
    assert "Trop d’essais" in answers[-1].content.decode()
    assert AttemptRecord.objects.get().address == "2001:db8::/64"


def test_an_agent_enrols_at_the_first_sign_in_and_gives_a_code_at_the_next(client: Client, agent: User) -> None:
    response = attempt(client, agent.email, next="/backoffice/")
    assert response["Location"] == "/identity/second-factor/set-up"
    assert not signed_in(client)
    page = client.get("/identity/second-factor/set-up").content.decode()
    device = TotpDevice.objects.get()
    assert "<svg" in page
    assert device.secret[:4] in page
    assert client.post("/identity/second-factor/set-up", {"code": "000000"}).status_code == 422
    assert not signed_in(client)
    totp = pyotp.TOTP(device.secret)
    done = client.post("/identity/second-factor/set-up", {"code": totp.now()})
    assert done.status_code == 200
    assert 'href="/backoffice/"' in done.content.decode()
    assert RecoveryCode.objects.count() == 10
    assert signed_in(client)

    again = Client()
    assert attempt(again, agent.email)["Location"] == "/identity/second-factor"
    assert not signed_in(again)
    assert again.post("/identity/second-factor", {"code": totp.now()}).status_code == 422  # it has served
    assert not signed_in(again)
    next_code = totp.at(clock.now() + timedelta(seconds=30))
    assert again.post("/identity/second-factor", {"code": next_code}).status_code == 302
    assert signed_in(again)
    assert Entry.objects.filter(action="session.opened").count() == 2


def test_a_code_serves_once_and_one_step_late_or_early(agent: User) -> None:
    now = clock.now()
    device = TotpDevice.objects.create(user=agent, secret=pyotp.random_base32(), created_at=now, confirmed_at=now)
    totp = pyotp.TOTP(device.secret)

    def accepted(at_s: int) -> bool:
        try:
            factors.check_code(user=agent, code=totp.at(now + timedelta(seconds=at_s)), address="a", now=now)
        except factors.WrongCode:
            return False
        return True

    assert accepted(-30)
    assert not accepted(-30)
    assert accepted(0)
    assert not accepted(-60)
    assert not accepted(60)
    assert accepted(30)
    assert not accepted(0)  # older than the last one accepted


def test_a_recovery_code_serves_once(client: Client, agent: User) -> None:
    now = clock.now()
    device = factors.begin_enrolment(user=agent, now=now)
    codes = factors.confirm_enrolment(user=agent, code=pyotp.TOTP(device.secret).now(), address="a", now=now)
    assert len(set(codes)) == 10
    assert not any(code.replace("-", "") in repr(RecoveryCode.objects.values()) for code in codes)
    factors.check_code(user=agent, code=codes[3].upper(), address="a", now=now)
    with pytest.raises(factors.WrongCode):
        factors.check_code(user=agent, code=codes[3], address="a", now=now)
    assert Entry.objects.filter(action="recovery_code.used").count() == 1


def test_codes_cannot_be_guessed_at_leisure(agent: User) -> None:
    now = clock.now()
    TotpDevice.objects.create(user=agent, secret=pyotp.random_base32(), created_at=now, confirmed_at=now)
    for _ in range(5):
        with pytest.raises(factors.WrongCode):
            factors.check_code(user=agent, code="123", address="a", now=now)
    with pytest.raises(TooManyAttempts):
        factors.check_code(user=agent, code="123", address="a", now=now)


def test_an_organisation_may_do_without_second_factor(client: Client) -> None:
    city = Organisation.objects.create(kind=Kind.METROPOLIS, name="Ville", short_name="Ville", slug="ville")
    agent = make_agent("audit.view", organisation=city, password=PASSWORD)
    assert factors.is_required(agent)
    OrganisationSetting.objects.create(organisation=city, key="identity.require_totp", value=False)
    assert not factors.is_required(agent)
    assert attempt(client, agent.email)["Location"] == "/backoffice/"
    assert signed_in(client)


def test_one_organisation_that_requires_it_is_enough() -> None:
    city = Organisation.objects.create(kind=Kind.METROPOLIS, name="Ville", short_name="Ville", slug="ville")
    other = Organisation.objects.create(kind=Kind.OPERATOR, name="Eau", short_name="Eau", slug="eau")
    OrganisationSetting.objects.create(organisation=city, key="identity.require_totp", value=False)
    agent = make_agent("audit.view", organisation=city)
    agent.assignments.create(role=Role.objects.get(), organisation=other)
    assert factors.is_required(agent)


def test_the_second_step_alone_opens_nothing(client: Client, agent: User) -> None:
    assert client.get("/identity/second-factor")["Location"] == SIGN_IN
    assert client.post("/identity/second-factor/set-up", {"code": "123456"})["Location"] == SIGN_IN


def test_the_second_step_must_follow_within_ten_minutes(client: Client, agent: User) -> None:
    attempt(client, agent.email)
    session = client.session
    session["pending_sign_in"] = {**session["pending_sign_in"], "at": int(clock.now().timestamp()) - 601}
    session.save()
    assert client.get("/identity/second-factor/set-up")["Location"] == SIGN_IN


def test_signing_out_is_a_post_and_ends_the_session(client: Client, resident: User) -> None:
    sign_in(client, resident)
    assert client.get("/identity/sign-out").status_code == 405
    assert client.post("/identity/sign-out")["Location"] == "/"
    assert not Session.objects.filter(user=resident).exists()
    assert not signed_in(client)


@pytest.mark.parametrize(
    ("agent", "signed_in_ago", "seen_ago", "alive"),
    [
        (True, timedelta(hours=1), timedelta(minutes=59), True),
        (True, timedelta(hours=2), timedelta(minutes=61), False),  # idle
        (True, timedelta(hours=12, minutes=1), timedelta(minutes=1), False),  # a whole day
        (False, timedelta(days=200), timedelta(days=29), True),  # slides
        (False, timedelta(days=31), timedelta(days=31), False),
    ],
)
def test_sessions_live_by_the_rules(
    client: Client, agent: bool, signed_in_ago: timedelta, seen_ago: timedelta, alive: bool
) -> None:
    now = clock.now()
    user = make_agent() if agent else make_resident()
    sign_in(client, user)
    session = client.session
    session["signed_in_at"] = int((now - signed_in_ago).timestamp())
    session["seen_at"] = int((now - seen_ago).timestamp())
    session.set_expiry(now + timedelta(days=1))  # the row alone would let it live
    session.save()
    from parvis.foundations.identity.facade import rights_of_session

    assert (rights_of_session(session.session_key) is not None) is alive
    assert signed_in(client) is alive


def test_a_session_is_written_once_a_minute(client: Client, django_assert_num_queries: Any) -> None:
    sign_in(client, make_resident())
    client.get("/identity/account")
    before = Session.objects.get().seen_at
    client.get("/identity/account")
    assert Session.objects.get().seen_at == before
    session = client.session
    session["seen_at"] -= 61
    session.save()
    client.get("/identity/account")
    assert Session.objects.get().seen_at >= before


def test_a_hot_door_knows_the_rights_of_a_session(client: Client) -> None:
    from parvis.foundations.identity.facade import rights_of_session

    sign_in(client, make_agent("context.view"))
    rights = rights_of_session(client.cookies["sessionid"].value)
    assert rights is not None
    assert rights.may("context.view")
    assert not rights.may("context.manage")
    assert rights_of_session("invented") is None
    kept = User.objects.get()
    kept.set_password("changed elsewhere")  # by other means than the service, which ends the sessions
    kept.save()
    assert rights_of_session(client.cookies["sessionid"].value) is None
    sign_in(client, kept)
    assert rights_of_session(client.cookies["sessionid"].value) is not None
    User.objects.update(is_active=False)
    assert rights_of_session(client.cookies["sessionid"].value) is None


def test_rates_count_by_period() -> None:
    now = clock.now()
    assert [rates.allow(key="k", limit=2, period_s=60, now=now) for _ in range(3)] == [True, True, False]
    assert rates.allow(key="other", limit=2, period_s=60, now=now)
    assert not rates.allow(key="k", limit=2, period_s=60, now=now + timedelta(seconds=59))
    assert rates.allow(key="k", limit=2, period_s=60, now=now + timedelta(seconds=60))
    assert rates.purge_rates(now + timedelta(days=2)) == 2
