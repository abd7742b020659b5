"""What an agent sees of the broker: the things of their organisations and areas, as on every page of the back office."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.identity.rights import Reach
from parvis.kernel import clock
from parvis.telemetry.context.broker.rights import BrokerRights
from parvis.telemetry.context.models import CITY
from parvis.telemetry.context.query.finding import Caller
from parvis.telemetry.context.store.values import Stored

VIEW = "context.view"
ADMINISTER = "context.administer"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRights(BrokerRights):
    """Those of an account: a thing is seen within one of the `reaches`. `areas` holds all of theirs when each has some."""

    reaches: tuple[Reach, ...] = ()

    @property
    def are_columns(self) -> bool:
        """Whether `areas` says it all, so that the database alone can count what is seen."""
        return all(reach.organisations is None for reach in self.reaches)

    def sees(self, stored: Stored) -> bool:
        return any(
            (reach.organisations is None or stored.organisation_id in reach.organisations)
            and (reach.areas is None or stored.area_code in reach.areas)
            for reach in self.reaches
        )


def agent_rights(request: HttpRequest) -> AgentRights:
    reaches = rights_of(request).scope(VIEW).reaches
    limits = [reach.areas for reach in reaches]
    bounded = [areas for areas in limits if areas is not None]
    areas = frozenset[str]().union(*bounded) if len(bounded) == len(limits) else None
    return AgentRights(reaches=reaches, areas=areas)


def caller_of(request: HttpRequest) -> Caller:
    """Asks about the city's own things."""
    return Caller(tenant_id=CITY, rights=agent_rights(request), now=clock.now())


def has_whole(request: HttpRequest, permission: str = VIEW) -> bool:
    """Whether it holds on the whole platform: context sources and @contexts are nobody's in particular."""
    return rights_of(request).covers(permission, organisation_id=None, area_code=None)


def check_whole(request: HttpRequest, permission: str = VIEW) -> None:
    """Raises `PermissionDenied`."""
    if not has_whole(request, permission):
        raise PermissionDenied
