"""`parvis user create` and `parvis token create`, as typed."""

import io
from argparse import Namespace
from datetime import timedelta

import pytest
from django.test import Client

from parvis.foundations.identity.models import ApiToken, User
from parvis.foundations.identity.rights import Rights
from parvis.foundations.identity.tests.factories import PASSWORD
from parvis.foundations.identity.tokens import verify_token
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.kernel import clock
from parvis.project.cli import parser, token, user

pytestmark = pytest.mark.django_db


def options(*words: str) -> Namespace:
    return parser().parse_args(words)


def test_the_first_administrator_gets_a_link_to_choose_a_password(
    capsys: pytest.CaptureFixture[str], client: Client
) -> None:
    assert (
        user.run_create(options("user", "create", "--email", "Nadia@ville.fr", "--agent", "--role", "administrator"))
        == 0
    )
    link = capsys.readouterr().out.split()[-1]
    assert client.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200
    nadia = User.objects.get(email="nadia@ville.fr")
    assert Rights.of(nadia.pk).scope("identity.manage").everywhere


def test_a_role_on_an_organisation_and_a_password_by_the_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    city = Organisation.objects.create(kind=Kind.METROPOLIS, name="v", short_name="v", slug="ville")
    typed = ("user", "create", "--email", "a@ville.fr", "--agent", "--role", "administrator", "--organisation", "ville")
    assert user.run_create(options(*typed, "--password-stdin")) == 0
    agent = User.objects.get()
    assert agent.check_password(PASSWORD)
    assert Rights.of(agent.pk).scope("identity.manage").organisations == {city.pk}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("--email", "not an address"), "adresse"),
        (("--email", "a@ville.fr", "--role", "administrator"), "--agent"),
        (("--email", "a@ville.fr", "--agent", "--role", "nothing"), "administrator"),
        (("--email", "a@ville.fr", "--agent", "--role", "administrator", "--organisation", "nowhere"), "nowhere"),
        (("--email", "taken@ville.fr"), "existe déjà"),
        (("--email", "a@ville.fr", "--password-stdin"), "trop court"),
    ],
)
def test_what_is_wrong_is_said_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...], said: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("court\n"))
    User.objects.create(email="taken@ville.fr", display_name="x")
    assert user.run_create(options("user", "create", *typed)) == 1
    assert said in capsys.readouterr().err
    assert User.objects.count() == 1


def test_a_token_is_printed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert token.run_create(options("token", "create", "--name", "x", "--scope", "devices.uplink", "--days", "2")) == 0
    secret = capsys.readouterr().out.strip()
    now = clock.now()
    assert verify_token(secret, "devices.uplink", now) is not None
    assert verify_token(secret, "devices.uplink", now + timedelta(days=3)) is None


@pytest.mark.parametrize(
    "typed",
    [
        ("--scope", "no.such"),
        ("--scope", "devices.uplink", "--days", "0"),
        ("--scope", "devices.uplink", "--organisation", "x"),
    ],
)
def test_a_wrong_token_is_refused(typed: tuple[str, ...]) -> None:
    assert token.run_create(options("token", "create", "--name", "x", *typed)) == 1
    assert not ApiToken.objects.exists()
