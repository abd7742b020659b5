"""The session engine (`SESSION_ENGINE`): Django's, in a table where the sessions of a person can be found and ended."""

import ipaddress
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest

from parvis.foundations.identity import rules
from parvis.foundations.identity.models import Session, User

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
ADDRESS = "address"
BROWSER = "browser"

TOUCH_EVERY_S = 60
"""A session is written at most once a minute, not at every page."""


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.signed_in_at, row.seen_at = _instant(data.get(SIGNED_IN_AT)), _instant(data.get(SEEN_AT))
        row.address, row.browser = data.get(ADDRESS, ""), data.get(BROWSER, "")
        return row


def begin(session: SessionBase, user: User, *, address: str, browser: str, now: datetime) -> None:
    """To be called just after `django.contrib.auth.login`, which rotated the key."""
    session[SIGNED_IN_AT] = int(now.timestamp())
    session[ADDRESS], session[BROWSER] = address[:45], browser[:300]
    _touch(session, user, now)


def keep_session(session: SessionBase, user: User, now: datetime) -> bool:
    """Whether the session still holds; when it does, notes (once a minute) that it was used."""
    signed_in_at, seen_at = _instant(session.get(SIGNED_IN_AT)), _instant(session.get(SEEN_AT))
    if signed_in_at is None or seen_at is None:
        return False
    if not rules.session_is_alive(is_agent=user.is_agent, signed_in_at=signed_in_at, seen_at=seen_at, now=now):
        return False
    if (now - seen_at).total_seconds() >= TOUCH_EVERY_S:
        _touch(session, user, now)
    return True


def user_of_key(session_key: str, now: datetime) -> User | None:
    """Who a session cookie stands for, by the same rules as a page; nothing is written."""
    session = SessionStore(session_key)
    data = session.load()
    if SESSION_KEY not in data or BACKEND_SESSION_KEY not in data:
        return None
    user = User.objects.filter(pk=data[SESSION_KEY], is_active=True).first()
    signed_in_at, seen_at = _instant(data.get(SIGNED_IN_AT)), _instant(data.get(SEEN_AT))
    if user is None or signed_in_at is None or seen_at is None:
        return None
    if data.get(HASH_SESSION_KEY) != user.get_session_auth_hash():
        return None
    alive = rules.session_is_alive(is_agent=user.is_agent, signed_in_at=signed_in_at, seen_at=seen_at, now=now)
    return user if alive else None


def client_address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def client_network(request: HttpRequest) -> str:
    """What limits count by: the IPv4 address, or the /64 an IPv6 subscriber is given, who would else have 2^64 of them."""
    given = client_address(request)
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        return given  # a unix socket behind the proxy has none
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.IPv6Network((int(address), 64), strict=False))
    return str(address)


def _touch(session: SessionBase, user: User, now: datetime) -> None:
    session[SEEN_AT] = int(now.timestamp())
    signed_in_at = _instant(session[SIGNED_IN_AT])
    assert signed_in_at is not None
    session.set_expiry(rules.session_ends_at(is_agent=user.is_agent, signed_in_at=signed_in_at, seen_at=now))


def _instant(timestamp: int | None) -> datetime | None:
    return None if timestamp is None else datetime.fromtimestamp(timestamp, tz=UTC)
