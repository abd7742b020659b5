"""Which tenant a request is for (ETSI GS CIM 009 V1.8.1, 6.3.14)."""

import re
from dataclasses import dataclass
from typing import Final

from parvis.kernel import clock
from parvis.telemetry.context.broker.problems import BadRequestData, NonexistentTenant
from parvis.telemetry.context.models import CITY, Tenant

_NAME = re.compile(r"[\w.:~-]{1,100}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRef:
    """`name` is empty for the city."""

    id: int
    name: str


NEVER_MADE: Final = -2
"""Stands for all that no creation has named: no row is ever theirs, but copies of public @contexts."""

CITY_TENANT = TenantRef(id=CITY, name="")

_known: dict[str, TenantRef] = {}


def tenant_of(name: str, *, make: bool, any_name: bool = False) -> TenantRef:
    """Raises `NonexistentTenant`, unless `make` or `any_name`; `BadRequestData` for what cannot be a name."""
    if not name:
        return CITY_TENANT
    if known := _known.get(name):
        return known
    if not _NAME.match(name):
        raise BadRequestData("NGSILD-Tenant: letters, digits and . : ~ _ - are expected, at most 100")
    row = Tenant.objects.filter(name=name).first()
    if row is None:
        if any_name:
            return TenantRef(id=NEVER_MADE, name=name)
        if not make:
            raise NonexistentTenant(f"there is no tenant {name!r}")
        row, _ = Tenant.objects.get_or_create(name=name, defaults={"created_at": clock.now()})
    ref = TenantRef(id=row.pk, name=name)
    if len(_known) < 10_000:
        _known[name] = ref
    return ref


def forget() -> None:
    """Empties what this process remembers: a test takes its tenants back."""
    _known.clear()
