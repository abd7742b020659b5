"""Messages to people about their account. The links are made here, in the job, and never stored; sent twice, a message does no harm."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from parvis.foundations.identity.events import (
    AgentInvited,
    EmailChangeAsked,
    PasswordChanged,
    PasswordResetAsked,
    ResidentRegistered,
)
from parvis.foundations.identity.links import CHANGE_EMAIL, CONFIRM, INVITE, RESET, Purpose, make_link_token
from parvis.foundations.identity.models import User
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.selectors import portal_url
from parvis.kernel import clock, mail


def send_confirmation(event: ResidentRegistered) -> None:
    """To a new account its link; to a known one, that somebody gave its address, and how to sign in."""
    user, portal = _user(event.uid), _portal(event.organisation_slug)
    if user is None:
        return
    if event.known:
        link = _url(portal, "sign_in")
        _send("identity.known", user, portal, {"link": link, "reset_link": _url(portal, "forgotten")})
    elif user.email_confirmed_at is None:
        _send("identity.confirm", user, portal, {"link": _link(portal, user, CONFIRM, "confirm", clock.now())})


def send_invitation(event: AgentInvited) -> None:
    user = _user(event.uid)
    if user is None or (user.has_usable_password() and user.email_confirmed_at is not None):
        return
    portal = Organisation.objects.main()
    _send("identity.invitation", user, portal, {"link": _link(portal, user, INVITE, "invitation", clock.now())})


def send_reset(event: PasswordResetAsked) -> None:
    user, portal = _user(event.uid), _portal(event.organisation_slug)
    if user is None:
        return
    _send("identity.reset", user, portal, {"link": _link(portal, user, RESET, "reset", clock.now())})


def send_email_change(event: EmailChangeAsked) -> None:
    """The link to the new address, unless somebody has an account there, who is told the same as at a registration; and a warning to
    the present one."""
    user, portal = _user(event.uid), _portal(event.organisation_slug)
    if user is None or not user.new_email:
        return
    owner = User.objects.filter(email=user.new_email, is_active=True).first()
    if owner is not None:
        links = {"link": _url(portal, "sign_in"), "reset_link": _url(portal, "forgotten")}
        _send("identity.known", owner, portal, links)
    else:
        link = _link(portal, user, CHANGE_EMAIL, "confirm_email", clock.now())
        _send("identity.email_confirm", user, portal, {"link": link}, to=user.new_email)
    _send("identity.email_warning", user, portal, {"link": _url(portal, "password")})


def send_password_changed(event: PasswordChanged) -> None:
    user, portal = _user(event.uid), Organisation.objects.main()
    if user is not None:
        _send("identity.password_changed", user, portal, {"link": _url(portal, "forgotten")})


def _send(notice: str, user: User, portal: Organisation | None, context: dict[str, Any], to: str = "") -> None:
    mail.send(
        notice=notice,
        to=[to or user.email],
        context={"name": user.display_name, **context},
        language=user.language,
        organisation=portal,
    )


def _user(uid: str) -> User | None:
    """The account, unless it was closed meanwhile; an empty `uid` is nobody."""
    return User.objects.filter(uid=uid, is_active=True).first() if uid else None


def _portal(slug: str) -> Organisation | None:
    return Organisation.objects.filter(slug=slug).first() or Organisation.objects.main()


def _link(portal: Organisation | None, user: User, purpose: Purpose, page: str, now: datetime) -> str:
    return _url(portal, page, make_link_token(user, purpose, now))


def _url(portal: Organisation | None, page: str, *arguments: str) -> str:
    return absolute_url(portal, reverse(f"portal:identity:{page}", args=arguments))


def absolute_url(portal: Organisation | None, path: str) -> str:
    """Of the organisation's portal; of the site, before a territory is loaded."""
    return portal_url(portal, path) if portal else f"{settings.PARVIS_SITE_URL}{path}"
