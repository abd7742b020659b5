"""What a caller of the broker may do: with a token what its scopes and limits say, without one read what is public.

A token is an `identity.ApiToken` whose scopes are `context.read`, `context.write`, `context.subscribe`, `context.register`. Its `limits`
narrow it: `{"types": ["Streetlight"], "attributes": ["powerState"], "areas": ["21231"]}`, each absent = no limit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from msgspec import structs

from parvis.foundations.identity.facade import TokenRef, bearer_secret, verify_token
from parvis.foundations.organisations.selectors import with_services
from parvis.kernel import clock
from parvis.telemetry.context.broker.endpoints import Right
from parvis.telemetry.context.broker.problems import Forbidden, Unauthorised
from parvis.telemetry.context.states import entity_types
from parvis.telemetry.context.store.values import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerRights:
    """None means no limit. `types` and `attributes` are stored names, `areas` INSEE codes of communes, `organisations` ids of
    owners: a token of an organisation reaches its things and those of its services."""

    scopes: frozenset[str] = frozenset()
    types: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    areas: frozenset[str] | None = None
    organisations: frozenset[int] | None = None
    organisation_id: int | None = None
    actor: str = ""
    open: bool = False

    @property
    def limited(self) -> bool:
        return any(one is not None for one in (self.types, self.attributes, self.areas, self.organisations))

    @property
    def narrows_rows(self) -> bool:
        """Whether some entities are out of reach, not only some of their attributes."""
        return any(one is not None for one in (self.types, self.areas, self.organisations))

    def check_entity(self, types: Iterable[str], attributes: Iterable[str], area_code: str | None = None) -> None:
        """Of what is about to be written. Raises `Forbidden`. `area_code` None: no place is known."""
        if self.open or not self.limited:
            return
        if self.types is not None and not set(types) & self.types:
            raise Forbidden("this token does not reach entities of this type")
        if self.attributes is not None and (outside := sorted(set(attributes) - self.attributes)):
            raise Forbidden(f"this token does not reach {', '.join(outside)}")
        if self.areas is not None and area_code is not None and area_code not in self.areas:
            raise Forbidden("this token does not reach this commune")

    def sees(self, stored: Stored) -> bool:
        """Whether the caller may read something of this entity."""
        if self.types is not None and not self.types.intersection(stored.types):
            return False
        if self.organisations is not None and stored.organisation_id not in self.organisations:
            return False
        return self.areas is None or stored.area_code in self.areas

    def visible(self, stored: Stored) -> Stored | None:
        """The entity without what the caller may not read; None when that is all of it."""
        if not self.sees(stored):
            return None
        hidden = personal_attributes(tuple(stored.types))
        if self.attributes is None and not hidden & stored.attributes.keys():
            return stored
        kept = {
            name: attribute
            for name, attribute in stored.attributes.items()
            if name not in hidden and (self.attributes is None or name in self.attributes)
        }
        return structs.replace(stored, attributes=kept)


@cache
def personal_attributes(types: tuple[str, ...]) -> frozenset[str]:
    """Attributes of these types that never leave."""
    kinds = [kind for name in types if (kind := entity_types().get(name))]
    return frozenset(spec.name for kind in kinds for spec in kind.attributes if spec.personal)


@cache
def personal_names() -> frozenset[str]:
    """Attributes that never leave, of whatever type."""
    return frozenset().union(*(personal_attributes((name,)) for name in entity_types()))


@cache
def public_types() -> frozenset[str]:
    return frozenset(name for name, kind in entity_types().items() if kind.public)


EVERYTHING = BrokerRights(scopes=frozenset(f"context.{right}" for right in Right if right), open=True)


def rights_of(authorization: str, right: Right, tenant_name: str) -> BrokerRights:
    """Raises `Unauthorised` or `Forbidden`. `authorization` is the header, empty without one."""
    if settings.PARVIS_OPEN_BROKER:
        return EVERYTHING
    if not authorization:
        if right in (Right.READ, Right.ANYBODY) and not tenant_name:
            return BrokerRights(scopes=frozenset(("context.read",)), types=public_types())
        raise Unauthorised("give an API token in Authorization: Bearer")
    secret = bearer_secret(authorization)
    if right is Right.ANYBODY:
        right = Right.READ
    token = verify_token(secret, f"context.{right}", clock.now())
    if token is None:
        raise Unauthorised(f"the token is unknown, expired or without the scope context.{right}")
    return _of_token(token, tenant_name)


def _of_token(token: TokenRef, tenant_name: str) -> BrokerRights:
    limits = token.limits
    tenants = limits.get("tenants")
    if tenant_name and (tenants is None or tenant_name not in tenants):
        raise Forbidden("this token does not reach this tenant")
    return BrokerRights(
        scopes=frozenset(token.scopes),
        types=_set(limits.get("types")),
        attributes=_set(limits.get("attributes")),
        areas=_set(limits.get("areas")),
        organisations=None if token.organisation_id is None else with_services(token.organisation_id),
        organisation_id=token.organisation_id,
        actor=token.urn,
    )


def _set(values: list[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)
