"""Roles and their assignments, without asking who does it: for commands, demonstrations and tests. Screens go through `granting`."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.text import slugify

from parvis.foundations.identity.models import Assignment, Role, User
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory.models import Area


@transaction.atomic
def ensure_role(*, code: str, label: str, permissions: Iterable[str]) -> Role:
    """Creates it, or brings its label and permissions to these. `code` loses its accents and spaces: it is part of an address."""
    role, _created = Role.objects.update_or_create(
        code=slugify(code), defaults={"label": label, "permissions": sorted(set(permissions))}
    )
    return role


@transaction.atomic
def assign(*, user: User, role: Role, organisation: Organisation | None = None, area: Area | None = None) -> Assignment:
    """Twice is once."""
    assignment, _created = Assignment.objects.get_or_create(user=user, role=role, organisation=organisation, area=area)
    return assignment
