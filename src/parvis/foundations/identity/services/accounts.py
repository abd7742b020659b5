"""Accounts are born: residents by themselves, agents by an administrator."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit.facade import record
from parvis.foundations.identity.events import AgentInvited, ResidentRegistered
from parvis.foundations.identity.models import Role, User
from parvis.foundations.identity.services.rights import assign
from parvis.foundations.organisations.models import Organisation
from parvis.kernel.errors import Refusal
from parvis.kernel.events import publish
from parvis.kernel.urn import SYSTEM


class AddressTaken(Refusal):
    """Un compte existe déjà avec cette adresse."""

    code = "address-taken"
    message = _("Un compte existe déjà avec cette adresse.")


@transaction.atomic
def register_resident(
    *, email: str, display_name: str, password: str, now: datetime, language: str = "fr", organisation_slug: str = ""
) -> User | None:
    """The account, to be confirmed by the link sent to it; None when the address already has a confirmed account, whose owner is
    written to. The person at the keyboard must not be told which: the same work is done either way.

    An account never confirmed is taken over, password included: nobody has proved the address theirs, and the confirmation asks for
    the password chosen last.
    """
    address = email.strip().lower()
    hashed = make_password(password)
    user = User.objects.select_for_update().filter(email=address).first()
    if user is not None and (user.email_confirmed_at is not None or user.is_agent):
        publish(ResidentRegistered(uid=str(user.uid), known=True, organisation_slug=organisation_slug))
        return None
    if user is None:
        user = User(email=address, created_at=now)
    user.display_name, user.language = display_name.strip(), language
    user.password, user.password_changed_at = hashed, now
    user.save()
    publish(ResidentRegistered(uid=str(user.uid), known=False, organisation_slug=organisation_slug))
    return user


@transaction.atomic
def create_agent(*, email: str, display_name: str, password: str | None, now: datetime, by: str = str(SYSTEM)) -> User:
    """With `password` None the agent chooses it by the invitation sent. A resident of that address becomes an agent, and keeps their
    password and their requests. Raises `AddressTaken` when they already are one.

    `by` is the URN of whoever does it.
    """
    address = email.strip().lower()
    user = User.objects.select_for_update().filter(email=address).first()
    if user is None:
        user = User(email=address, created_at=now)
    elif user.is_agent:
        raise AddressTaken
    confirmed = user.email_confirmed_at is not None
    user.is_agent, user.is_active, user.display_name = True, True, display_name.strip()
    if password is not None:
        user.set_password(password)
        user.password_changed_at, user.email_confirmed_at = now, user.email_confirmed_at or now
    elif not confirmed:
        user.set_unusable_password()
    user.save()
    record(actor=by, action="agent.created", urn=user.urn, now=now)
    if password is None:
        publish(AgentInvited(uid=str(user.uid)))
    return user


@transaction.atomic
def create_confirmed(
    *,
    email: str,
    display_name: str,
    password: str | None,
    is_agent: bool,
    role: Role | None = None,
    organisation: Organisation | None = None,
    now: datetime,
) -> User:
    """By whoever runs the platform, who answers for the address: no message is sent. Raises `AddressTaken`."""
    address = email.strip().lower()
    if User.objects.filter(email=address).exists():
        raise AddressTaken
    user = User(
        email=address, display_name=display_name.strip(), is_agent=is_agent, created_at=now, email_confirmed_at=now
    )
    user.set_password(password)  # None makes it unusable
    user.password_changed_at = now if password is not None else None
    user.save()
    record(actor=str(SYSTEM), action="agent.created" if is_agent else "account.created", urn=user.urn, now=now)
    if role is not None:
        assign(user=user, role=role, organisation=organisation)
        where = organisation.slug if organisation else ""
        record(
            actor=str(SYSTEM),
            action="role.granted",
            urn=user.urn,
            organisation=where,
            details={"role": role.code},
            now=now,
        )
    return user
