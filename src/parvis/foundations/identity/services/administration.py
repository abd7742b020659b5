"""What administrators do to accounts and roles: each act checks that it stays within their own rights, and is journaled."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit.facade import record
from parvis.foundations.identity.events import AgentInvited
from parvis.foundations.identity.models import Assignment, Role, User
from parvis.foundations.identity.models.rights import ALL
from parvis.foundations.identity.permissions import MANAGE, may_assign, may_define_role, may_manage, may_withdraw
from parvis.foundations.identity.rates import forget_attempts
from parvis.foundations.identity.rights import Rights
from parvis.foundations.identity.selectors import home_slug
from parvis.foundations.identity.services.accounts import create_agent
from parvis.foundations.identity.services.rights import assign
from parvis.foundations.identity.services.second_factor import attempt_key, reset_second_factor
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory.models import Area
from parvis.kernel.errors import Refusal
from parvis.kernel.events import publish
from parvis.kernel.urn import Urn


class BeyondYourRights(Refusal):
    """Vous ne pouvez donner, retirer ou modifier que ce que vous détenez vous-même."""

    status = 403
    code = "beyond-your-rights"
    message = _("Vous ne pouvez donner, retirer ou modifier que ce que vous détenez vous-même, là où vous le détenez.")


class LastAdministrator(Refusal):
    """Plus personne n’administrerait les comptes de la plateforme."""

    status = 409
    code = "last-administrator"
    message = _(
        "Plus personne n’administrerait les comptes de la plateforme : donnez d’abord ce droit à quelqu’un d’autre."
    )


class RoleInUse(Refusal):
    """Ce rôle est attribué."""

    status = 409
    code = "role-in-use"
    message = _("Ce rôle est encore attribué : retirez-le d’abord à ceux qui l’ont.")


class CodeTaken(Refusal):
    """Un rôle porte déjà ce code."""

    status = 409
    code = "role-code-taken"
    message = _("Un rôle porte déjà ce code.")


@transaction.atomic
def invite_agent(
    *,
    by: User,
    rights: Rights,
    email: str,
    display_name: str,
    role: Role,
    organisation: Organisation | None,
    area: Area | None,
    now: datetime,
) -> User:
    """The account, with its first role, and the invitation sent. Raises `AddressTaken`, `BeyondYourRights`."""
    if not may_assign(rights, role, organisation, area):
        raise BeyondYourRights
    user = create_agent(email=email, display_name=display_name, password=None, now=now, by=by.urn)
    grant(by=by, rights=rights, user=user, role=role, organisation=organisation, area=area, now=now)
    return user


@transaction.atomic
def grant(
    *,
    by: User,
    rights: Rights,
    user: User,
    role: Role,
    organisation: Organisation | None,
    area: Area | None,
    now: datetime,
) -> Assignment:
    """Raises `BeyondYourRights`."""
    if not user.is_agent or not may_assign(rights, role, organisation, area):
        raise BeyondYourRights
    assignment = assign(user=user, role=role, organisation=organisation, area=area)
    _journal(by, "role.granted", user, assignment, now)
    return assignment


@transaction.atomic
def withdraw(*, by: User, rights: Rights, assignment: Assignment, now: datetime) -> None:
    """Raises `BeyondYourRights`, `LastAdministrator`."""
    if not may_withdraw(rights, assignment):
        raise BeyondYourRights
    with _keeping_an_administrator():
        _journal(by, "role.withdrawn", assignment.user, assignment, now)
        assignment.delete()


@transaction.atomic
def deactivate(*, by: User, rights: Rights, user: User, now: datetime) -> None:
    """Ends the sessions at once. Raises `BeyondYourRights`, `LastAdministrator`."""
    _require_manage(rights, user)
    with _keeping_an_administrator():
        User.objects.filter(pk=user.pk).update(is_active=False)
    user.sessions.all().delete()
    _journal_account(by, "account.deactivated", user, now)


@transaction.atomic
def reactivate(*, by: User, rights: Rights, user: User, now: datetime) -> None:
    """Raises `BeyondYourRights`."""
    _require_manage(rights, user)
    User.objects.filter(pk=user.pk).update(is_active=True)
    _journal_account(by, "account.reactivated", user, now)


@transaction.atomic
def unlock(*, by: User, rights: Rights, user: User, now: datetime) -> None:
    """Forgets failed attempts, from wherever they came. Raises `BeyondYourRights`."""
    _require_manage(rights, user)
    forget_attempts(email=user.email)
    forget_attempts(email=attempt_key(user))
    _journal_account(by, "account.unlocked", user, now)


@transaction.atomic
def reset_totp(*, by: User, rights: Rights, user: User, now: datetime) -> None:
    """Raises `BeyondYourRights`."""
    _require_manage(rights, user)
    reset_second_factor(user=user)
    _journal_account(by, "second_factor.reset", user, now)


@transaction.atomic
def invite_again(*, by: User, rights: Rights, user: User, now: datetime) -> None:
    """Raises `BeyondYourRights`."""
    _require_manage(rights, user)
    _journal_account(by, "agent.invited", user, now)
    publish(AgentInvited(uid=str(user.uid)))


@transaction.atomic
def save_role(
    *, by: User, rights: Rights, role: Role | None, code: str, label: str, permissions: Iterable[str], now: datetime
) -> Role:
    """Creates the role, or redefines it (its code stays). Raises `BeyondYourRights`, `CodeTaken`, `LastAdministrator`."""
    wanted = frozenset(permissions)
    before = frozenset(role.permissions) if role else frozenset[str]()
    if not may_define_role(rights, wanted - before):
        raise BeyondYourRights
    if role is None:
        if Role.objects.filter(code=code).exists():
            raise CodeTaken
        role = Role(code=code)
    role.label, role.permissions = label, sorted(wanted)
    with _keeping_an_administrator():
        role.save()
    record(
        actor=by.urn,
        action="role.defined",
        urn=_role_urn(role),
        right="identity.roles",
        details={"added": " ".join(sorted(wanted - before)), "removed": " ".join(sorted(before - wanted))},
        now=now,
    )
    return role


@transaction.atomic
def delete_role(*, by: User, rights: Rights, role: Role, now: datetime) -> None:
    """Raises `BeyondYourRights`, `RoleInUse`."""
    if not may_define_role(rights, frozenset()):
        raise BeyondYourRights
    record(actor=by.urn, action="role.deleted", urn=_role_urn(role), right="identity.roles", now=now)
    try:
        role.delete()
    except ProtectedError as error:
        raise RoleInUse from error


def _require_manage(rights: Rights, user: User) -> None:
    if not may_manage(rights, user):
        raise BeyondYourRights


@contextmanager
def _keeping_an_administrator() -> Iterator[None]:
    """The rows are locked first, so that two administrators cannot remove each other at once."""
    whole_platform = Assignment.objects.filter(organisation=None).order_by("id")
    list(whole_platform.select_for_update(of=("self",)).values_list("id"))
    administrators = whole_platform.filter(
        Q(role__permissions__contains=[MANAGE]) | Q(role__permissions__contains=[ALL]),
        user__is_active=True,
        user__is_agent=True,
    )
    had_one = administrators.exists()
    yield
    if had_one and not administrators.exists():
        raise LastAdministrator


def _journal(by: User, action: str, user: User, assignment: Assignment, now: datetime) -> None:
    record(
        actor=by.urn,
        action=action,
        urn=user.urn,
        right=MANAGE,
        organisation=assignment.organisation.slug if assignment.organisation else "",
        details={"role": assignment.role.code, "area": assignment.area.code if assignment.area else ""},
        now=now,
    )


def _role_urn(role: Role) -> str:
    return str(Urn("Role", role.code))


def _journal_account(by: User, action: str, user: User, now: datetime) -> None:
    right = MANAGE if user.is_agent else "identity.residents"
    record(actor=by.urn, action=action, urn=user.urn, right=right, organisation=home_slug(user), now=now)
