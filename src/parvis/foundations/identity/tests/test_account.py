"""My account: what I see and change, my sessions, my data, and leaving."""

import json
from datetime import timedelta

import pyotp
import pytest
from django.test import Client

from parvis.foundations.audit.models import Entry
from parvis.foundations.identity import retention
from parvis.foundations.identity.browsers import describe
from parvis.foundations.identity.models import ApiToken, Session, TotpDevice, User
from parvis.foundations.identity.selectors import session_id
from parvis.foundations.identity.services import create_token
from parvis.foundations.identity.tests.factories import NOW, PASSWORD, make_agent, make_resident, sign_in
from parvis.kernel import clock

pytestmark = pytest.mark.django_db
NEW = "Quatre mots bien choisis"


@pytest.fixture
def user() -> User:
    return make_resident(email="camille@example.org", display_name="Camille", password=PASSWORD)


def test_the_page_shows_me_and_my_sessions(client: Client, user: User) -> None:
    sign_in(Client(), user)
    page = sign_in(client, user).get("/identity/account").content.decode()
    assert "camille@example.org" in page
    assert page.count("/end") == 3  # two sessions, and all the others
    assert client.session.session_key not in page


def test_my_name_and_language_change(client: Client, user: User) -> None:
    sign_in(client, user).post("/identity/account", {"display_name": " Camille D. ", "language": "en"})
    user.refresh_from_db()
    assert (user.display_name, user.language) == ("Camille D.", "en")
    assert client.post("/identity/account", {"display_name": "", "language": "fr"}).status_code == 422


def test_a_new_password_ends_the_other_sessions_and_not_this_one(client: Client, user: User) -> None:
    elsewhere = sign_in(Client(), user)
    sign_in(client, user)
    form = {"current": "wrong", "password": NEW, "again": NEW}
    assert client.post("/identity/account/password", form).status_code == 422
    assert client.post("/identity/account/password", {**form, "current": PASSWORD}).status_code == 302
    assert client.get("/identity/account").status_code == 200
    assert elsewhere.get("/identity/account").status_code == 302
    assert Session.objects.filter(user=user).count() == 1


def test_the_present_password_cannot_be_guessed_from_an_open_session(client: Client, user: User) -> None:
    sign_in(client, user)
    for _ in range(5):
        client.post("/identity/account/password", {"current": "wrong", "password": NEW, "again": NEW})
    response = client.post("/identity/account/password", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert "Trop d’essais" in response.content.decode()


def test_sessions_are_ended_one_by_one_or_all_the_others(client: Client, user: User) -> None:
    first, second = sign_in(Client(), user), sign_in(Client(), user)
    sign_in(client, user)
    client.post(f"/identity/account/sessions/{session_id(first.cookies['sessionid'].value)}/end")
    assert first.get("/identity/account").status_code == 302
    assert second.get("/identity/account").status_code == 200
    client.post("/identity/account/sessions/others/end")
    assert second.get("/identity/account").status_code == 302
    assert client.get("/identity/account").status_code == 200
    own = session_id(client.session.session_key)
    assert client.post(f"/identity/account/sessions/{own}/end")["Location"] == "/"
    assert client.get("/identity/account").status_code == 302


def test_the_session_of_another_cannot_be_ended(client: Client, user: User) -> None:
    other = sign_in(Client(), make_resident())
    sign_in(client, user)
    assert (
        client.post(f"/identity/account/sessions/{session_id(other.cookies['sessionid'].value)}/end").status_code == 404
    )
    assert other.get("/identity/account").status_code == 200


def test_my_data_are_handed_over_as_json(client: Client, user: User) -> None:
    response = sign_in(client, user).get("/identity/account/export")
    assert "attachment" in response["Content-Disposition"]
    data = json.loads(response.content)
    assert data["identity"]["Compte"]["email"] == "camille@example.org"
    assert "password" not in response.content.decode()


def test_the_secret_of_the_second_factor_is_not_handed_over(client: Client) -> None:
    agent = make_agent()
    TotpDevice.objects.create(user=agent, secret="SECRETSECRETSECRET", created_at=NOW, confirmed_at=NOW)
    sign_in(client, agent)
    assert "SECRETSECRET" not in client.get("/identity/account/export").content.decode()
    assert "SECRETSECRET" not in client.get("/identity/account").content.decode()


def test_a_resident_leaves_and_nothing_leads_to_them(client: Client, user: User) -> None:
    sign_in(client, user)
    assert client.post("/identity/account/delete", {"current": "wrong"}).status_code == 422
    assert client.post("/identity/account/delete", {"current": PASSWORD})["Location"] == "/"
    assert not User.objects.filter(email="camille@example.org").exists()
    assert not Session.objects.filter(user_id=user.pk).exists()
    assert Entry.objects.get(action="account.deleted").urn == user.urn
    assert client.get("/identity/account").status_code == 302


def test_an_agent_does_not_leave_by_themselves(client: Client) -> None:
    agent = make_agent(password=PASSWORD)
    sign_in(client, agent)
    assert client.post("/identity/account/delete", {"current": PASSWORD}).status_code == 422
    assert User.objects.filter(pk=agent.pk).exists()


def test_recovery_codes_are_renewed_against_a_code(client: Client) -> None:
    now = clock.now()
    agent = make_agent()
    sign_in(client, agent)
    assert client.get("/identity/account/recovery-codes").status_code == 404
    device = TotpDevice.objects.create(user=agent, secret=pyotp.random_base32(), created_at=now, confirmed_at=now)
    assert client.post("/identity/account/recovery-codes", {"code": "000000"}).status_code == 422
    response = client.post("/identity/account/recovery-codes", {"code": pyotp.TOTP(device.secret).now()})
    assert response.status_code == 200
    assert agent.recovery_codes.count() == 10


def test_accounts_past_their_term_are_erased() -> None:
    def ago(days: int) -> dict[str, object]:
        return {"created_at": NOW - timedelta(days=days), "last_login": NOW - timedelta(days=days)}

    kept = [
        make_resident(email_confirmed_at=None, created_at=NOW - timedelta(days=6)),
        make_resident(created_at=NOW - timedelta(days=2000), last_login=NOW - timedelta(days=10)),
        make_agent(**ago(2000)),  # its administrator closes it
    ]
    make_resident(email_confirmed_at=None, created_at=NOW - timedelta(days=8))
    make_resident(**ago(1200))
    make_resident(created_at=NOW - timedelta(days=1200), last_login=None)
    assert retention.purge_accounts(NOW) == 3
    assert set(User.objects.all()) == set(kept)
    assert retention.purge_accounts(NOW) == 0


def test_sessions_and_tokens_past_their_term_are_erased(client: Client, user: User) -> None:
    sign_in(client, user)
    assert retention.purge_sessions(clock.now()) == 0
    assert retention.purge_sessions(clock.now() + timedelta(days=31)) == 1
    for expires_at in (None, NOW - timedelta(days=300), NOW - timedelta(days=400)):
        create_token(name="x", scopes=["a.b"], organisation=None, expires_at=expires_at, created_by=None, now=NOW)
    assert retention.purge_tokens(NOW) == 1
    assert ApiToken.objects.count() == 2


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
            "Chrome, Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("curl/8", "Navigateur inconnu"),
    ],
)
def test_a_browser_is_told_in_two_words(user_agent: str, said: str) -> None:
    assert describe(user_agent) == said
