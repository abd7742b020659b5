"""Deny by default: every kind of declaration against every kind of visitor."""

from datetime import timedelta

import pytest
from django.test import Client

from parvis.foundations.audit.models import Entry
from parvis.foundations.identity import tokens
from parvis.foundations.identity.models import ApiToken, User
from parvis.foundations.identity.services import create_token
from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in
from parvis.kernel import clock

pytestmark = [pytest.mark.django_db, pytest.mark.urls("parvis.foundations.identity.tests.urls")]


@pytest.fixture
def resident(client: Client) -> Client:
    return sign_in(client, make_resident())


@pytest.fixture
def agent(client: Client) -> Client:
    return sign_in(client, make_agent("requests.view"))


@pytest.fixture
def stranger(client: Client) -> Client:
    """An agent, with rights, but not that one."""
    return sign_in(client, make_agent("requests.triage"))


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_a_view_that_declares_nothing_is_refused_even_to_an_administrator(
    client: Client, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert sign_in(client, make_agent("*")).get(f"{prefix}/tests/silent").status_code == 403
    assert "does not say who may call it" in caplog.text


@pytest.mark.parametrize("who", ["client", "resident", "agent"])
def test_a_public_page_is_for_everyone(who: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(who).get("/tests/everyone").status_code == 200


def test_a_page_for_accounts_sends_strangers_to_sign_in_and_back(client: Client) -> None:
    response = client.get("/tests/account?a=1&b=2")
    assert response.status_code == 302
    assert response["Location"] == "/identity/sign-in?next=%2Ftests%2Faccount%3Fa%3D1%26b%3D2"
    assert client.post("/tests/account")["Location"] == "/identity/sign-in"


@pytest.mark.parametrize("page", ["account", "permission", "token"])
def test_an_api_answers_401_instead(client: Client, page: str) -> None:
    response = client.get(f"/api/tests/{page}")
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_any_account_opens_a_page_for_accounts(resident: Client) -> None:
    assert resident.get("/tests/account").status_code == 200


def test_a_permission_opens_its_pages_and_no_other(agent: Client) -> None:
    assert agent.get("/tests/permission").status_code == 200


def test_a_refused_agent_is_journaled_once(stranger: Client) -> None:
    for _ in range(3):
        assert stranger.get("/tests/permission").status_code == 403
    entry = Entry.objects.get(action="access.refused")
    assert entry.right == "requests.view"
    assert "/tests/permission" in entry.details


def test_a_refused_resident_is_not(resident: Client) -> None:
    assert resident.get("/tests/permission").status_code == 403
    assert not Entry.objects.filter(action="access.refused").exists()


def test_a_public_page_asks_nothing_of_accounts_nor_sessions(
    client: Client,
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    with django_assert_num_queries(1):  # whose portal it is
        response = client.get("/tests/everyone")
    assert "Cookie" not in response.get("Vary", "")


def test_a_page_with_rights_costs_four_queries(agent: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    """Portal, session, account, rights."""
    agent.get("/tests/permission")
    with django_assert_num_queries(4):
        agent.get("/tests/permission")


def secret(*scopes: str, **fields: object) -> str:
    values = {"organisation": None, "expires_at": None, "created_by": None, "now": clock.now(), **fields}
    _token, made = create_token(name="essai", scopes=scopes, **values)  # type: ignore[arg-type]
    return made


def call(client: Client, key: str, path: str = "/api/tests/token") -> int:
    return client.post(path, headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_token_opens_what_its_scope_says() -> None:
    client = Client(enforce_csrf_checks=True)  # a program has no cookie to protect
    assert call(client, secret("things.write")) == 200
    assert call(client, secret("things.read")) == 401
    assert call(client, "pv_" + "A" * 43) == 401
    assert call(client, "") == 401
    assert client.post("/api/tests/token", headers={"Authorization": "Basic abc"}).status_code == 401


def test_a_token_opens_no_page(client: Client) -> None:
    assert (
        client.get("/api/tests/permission", headers={"Authorization": f"Bearer {secret('requests.view')}"}).status_code
        == 401
    )


def test_a_session_does_not_stand_for_a_token(client: Client) -> None:
    assert sign_in(client, make_agent("things.write")).post("/api/tests/token").status_code == 401


def test_an_expired_token_is_refused_even_while_it_is_remembered(client: Client) -> None:
    now = clock.now()
    key = secret("things.write", expires_at=now + timedelta(seconds=10))
    assert tokens.verify_token(key, "things.write", now) is not None
    assert tokens.verify_token(key, "things.write", now + timedelta(seconds=11)) is None
    assert call(client, secret("things.write", expires_at=now - timedelta(days=1))) == 401


def test_a_revoked_token_is_refused_at_once_here_and_within_thirty_seconds_elsewhere(client: Client) -> None:
    now = clock.now()
    key = secret("things.write")
    assert tokens.verify_token(key, "things.write", now) is not None
    ApiToken.objects.update(revoked_at=now)  # another process does it
    assert tokens.verify_token(key, "things.write", now + timedelta(seconds=29)) is not None
    assert tokens.verify_token(key, "things.write", now + timedelta(seconds=31)) is None
    other = secret("things.write")
    assert tokens.verify_token(other, "things.write", now) is not None
    tokens.revoke_token(token=ApiToken.objects.latest("id"), by=make_agent(), now=now)
    assert tokens.verify_token(other, "things.write", now) is None


def test_the_secret_is_stored_nowhere() -> None:
    key = secret("things.write")
    row = ApiToken.objects.values().get()
    assert key.startswith("pv_")
    assert len(key) > 40
    assert key not in repr(row)
    assert row["hint"] == key[:8]


def test_the_last_use_is_written_once_a_minute(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    now = clock.now()
    key = secret("things.write")
    with django_assert_num_queries(2):
        tokens.verify_token(key, "things.write", now)
    assert ApiToken.objects.get().last_used_at == now
    with django_assert_num_queries(0):
        tokens.verify_token(key, "things.write", now + timedelta(seconds=20))
    with django_assert_num_queries(1):
        tokens.verify_token(key, "things.write", now + timedelta(seconds=40))
    assert ApiToken.objects.get().last_used_at == now
    with django_assert_num_queries(2):
        tokens.verify_token(key, "things.write", now + timedelta(seconds=80))


def test_an_invented_secret_is_looked_up_once(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    now = clock.now()
    with django_assert_num_queries(1):
        for _ in range(5):
            assert tokens.verify_token("pv_invented", "things.write", now) is None


def test_a_closed_account_is_signed_out(client: Client) -> None:
    user = make_resident()
    sign_in(client, user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/tests/account").status_code == 302


def test_what_an_account_sees_is_kept_by_nobody(client: Client, agent: Client) -> None:
    for page in ("account", "everyone"):
        assert agent.get(f"/tests/{page}")["Cache-Control"] == "private, no-store"
    assert "Cache-Control" not in Client().get("/tests/everyone")
