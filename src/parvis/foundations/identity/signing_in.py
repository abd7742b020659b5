"""Between the door and the session: the second factor still owed, then the session itself, with a new key."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.auth import login
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from parvis.foundations.audit.facade import record
from parvis.foundations.identity.models import User
from parvis.foundations.identity.rights import Rights
from parvis.foundations.identity.selectors import home_slug
from parvis.foundations.identity.sessions import begin, client_address
from parvis.kernel.contributions import Menu, Shell
from parvis.kernel.registry import registry

PENDING = "pending_sign_in"
PENDING_FOR = timedelta(minutes=10)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """Who passed the first factor and where they were going."""

    user: User
    next: str


def remember_pending(request: HttpRequest, user: User, next: str, now: datetime) -> None:
    """The key is renewed: what a stranger may have planted in the browser before is worth nothing after."""
    request.session.flush()
    request.session[PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": int(now.timestamp()),
        "next": next,
    }
    request.session.set_expiry(int(PENDING_FOR.total_seconds()))


def pending(request: HttpRequest, now: datetime) -> Pending | None:
    """None when nothing was begun, it was too long ago, or the password changed since."""
    data = request.session.get(PENDING)
    if not data or now - datetime.fromtimestamp(data["at"], tz=UTC) > PENDING_FOR:
        return None
    user = User.objects.filter(pk=data["user"], is_active=True).first()
    if user is None or user.get_session_auth_hash() != data["hash"]:
        return None
    return Pending(user=user, next=data["next"])


def open_session(request: HttpRequest, user: User, now: datetime) -> None:
    """Signs in for good."""
    request.session.flush()
    login(request, user, backend=BACKEND)
    begin(
        request.session,
        user,
        address=client_address(request),
        browser=request.headers.get("User-Agent", ""),
        now=now,
    )
    if user.is_agent:
        record(actor=user.urn, action="session.opened", urn=user.urn, organisation=home_slug(user), now=now)


def safe_next(request: HttpRequest, target: str) -> str:
    """A path of this site, or nothing: a link must not send people elsewhere once they have signed in."""
    allowed = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if allowed and target.startswith("/") else ""


def landing(user: User) -> str:
    """Where someone lands who asked for no page: an agent in the first shell their rights open, a resident on the portal."""
    if not user.is_agent:
        return reverse("portal:portal:home")
    rights = Rights.of(user.pk)
    open_shells = {menu.shell for _, menu in registry.all(Menu) if menu.permission and rights.may(menu.permission)}
    preferred = [Shell.BACKOFFICE, Shell.CONTROL_ROOM, Shell.FIELD]
    if user.teams.exists():
        preferred.insert(0, preferred.pop())
    for shell in preferred:
        if shell in open_shells:
            return reverse(f"{shell.value}:{shell.value}:home")
    return reverse("portal:identity:account")
