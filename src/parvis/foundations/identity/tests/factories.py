"""Accounts for tests of every package."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.test import Client

from parvis.foundations.identity.models import User
from parvis.foundations.identity.services import assign, ensure_role
from parvis.foundations.identity.sessions import begin
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory.models import Area
from parvis.kernel import clock

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "Un parvis, trois colombes"

_numbers = count(1)


def make_resident(*, email: str = "", display_name: str = "", password: str | None = None, **fields: Any) -> User:
    """Confirmed. Without `password` none is set: hashing one takes longer than most tests."""
    number = next(_numbers)
    user = User(
        email=email or f"habitant{number}@example.org",
        display_name=display_name or f"Habitant {number}",
        **{"created_at": NOW, "email_confirmed_at": NOW, **fields},
    )
    _set_password(user, password)
    user.save()
    return user


def make_agent(
    *permissions: str,
    organisation: Organisation | None = None,
    area: Area | None = None,
    email: str = "",
    display_name: str = "",
    password: str | None = None,
    **fields: Any,
) -> User:
    """Holds `permissions` on `organisation` (None = whole platform), through a role of its own."""
    number = next(_numbers)
    user = make_resident(
        email=email or f"agent{number}@example.org",
        display_name=display_name or f"Agent {number}",
        password=password,
        is_agent=True,
        **fields,
    )
    if permissions:
        role = ensure_role(code=f"role-{number}", label=f"Rôle {number}", permissions=permissions)
        assign(user=user, role=role, organisation=organisation, area=area)
    return user


def sign_in(client: Client, user: User, *, now: datetime | None = None) -> Client:
    """Signs in without the form nor the second factor, as it is once both are passed. Chainable."""
    client.force_login(user)
    session = client.session
    begin(session, user, address="127.0.0.1", browser="tests", now=now or clock.now())
    session.save()
    return client


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
