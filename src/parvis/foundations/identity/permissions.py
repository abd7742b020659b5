"""Who may administer whom: nobody gives, takes or touches more than they hold themselves (no climbing by way of others)."""

from parvis.foundations.identity.models import Assignment, Role, User
from parvis.foundations.identity.rights import Rights
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory.models import Area

MANAGE = "identity.manage"


def may_assign(rights: Rights, role: Role, organisation: Organisation | None, area: Area | None) -> bool:
    """Manages accounts there, and holds there every permission of the role."""
    organisation_id, area_code = organisation.pk if organisation else None, area.code if area else None
    return all(
        rights.covers(permission, organisation_id=organisation_id, area_code=area_code)
        for permission in (MANAGE, *role.permissions)
    )


def may_withdraw(rights: Rights, assignment: Assignment) -> bool:
    return may_assign(rights, assignment.role, assignment.organisation, assignment.area)


def may_manage(rights: Rights, user: User) -> bool:
    """Covers all that the agent holds: who resets the password or the second factor of someone can become them. An agent who holds
    nothing yet belongs to the platform's administrators."""
    if not user.is_agent:
        return rights.may("identity.residents")
    held = list(user.assignments.select_related("role", "organisation", "area"))
    if not held:
        return rights.covers(MANAGE, organisation_id=None, area_code=None)
    return all(may_withdraw(rights, assignment) for assignment in held)


def may_define_role(rights: Rights, added: frozenset[str]) -> bool:
    """Roles are shared by all organisations: their definition is for who holds `identity.roles`, and each permission put in,
    on the whole platform."""
    return all(
        rights.covers(permission, organisation_id=None, area_code=None) for permission in ("identity.roles", *added)
    )


def may_make_token(rights: Rights, organisation: Organisation | None, scopes: frozenset[str]) -> bool:
    """A token does nothing its maker may not do there."""
    organisation_id = organisation.pk if organisation else None
    return all(
        rights.covers(scope, organisation_id=organisation_id, area_code=None) for scope in ("identity.tokens", *scopes)
    )
