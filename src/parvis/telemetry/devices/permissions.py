"""Who may see and change what. What belongs to nobody is for those whose right has no limit."""

from typing import TypeVar, cast

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.identity.models import User
from parvis.foundations.organisations.models import Organisation
from parvis.telemetry.context.models import Entity
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Gateway, Replay, Source, Uplink
from parvis.telemetry.devices.models.device import DeviceQuerySet
from parvis.telemetry.devices.models.uplink import UplinkQuerySet

VIEW = "devices.view"
MANAGE = "devices.manage"
COMMAND = "devices.command"

M = TypeVar("M", bound=Model)
Owned = Codec | Device | DeviceProfile | Gateway | Source


def visible(request: HttpRequest, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of the organisations where one may look at devices."""
    return rights_of(request).scope(VIEW).filter(rows, area=None)


def visible_devices(request: HttpRequest) -> DeviceQuerySet:
    return cast(DeviceQuerySet, visible(request, Device.objects.all()))


def shared(request: HttpRequest, rows: QuerySet[M]) -> QuerySet[M]:
    """Codecs, profiles and sources that belong to nobody serve everybody, and may be looked at by all."""
    mine = reach(request, VIEW)
    return rows if mine is None else rows.filter(Q(organisation=None) | Q(organisation_id__in=mine))


def visible_uplinks(request: HttpRequest, uplinks: UplinkQuerySet, permission: str = VIEW) -> UplinkQuerySet:
    return uplinks.of_organisations(reach(request, permission))


def visible_replays(request: HttpRequest) -> QuerySet[Replay]:
    """Those of nothing but what one may look at."""
    mine = reach(request, VIEW)
    replays = Replay.objects.order_by("-id")
    return replays if mine is None else replays.filter(organisation_ids__contained_by=sorted(mine))


def reach(request: HttpRequest, permission: str) -> frozenset[int] | None:
    """The organisations where the permission holds in every area; None: all of them."""
    scope = rights_of(request).scope(permission)
    if scope.everywhere:
        return None
    return frozenset[int]().union(*(one.organisations or () for one in scope.reaches if one.areas is None))


def may_manage(request: HttpRequest, row: Owned) -> bool:
    return rights_of(request).may(MANAGE, organisation=row.organisation_id, area=None)


def may_command(request: HttpRequest, device: Device) -> bool:
    return rights_of(request).may(COMMAND, organisation=device.organisation_id, area=None)


def may_create(request: HttpRequest) -> bool:
    """Whether there is an organisation in whose name one may keep something."""
    return reach(request, MANAGE) is None or owners(request).exists()


def may_replay(request: HttpRequest, uplink: Uplink) -> bool:
    owner = uplink.device.organisation_id if uplink.device else uplink.source.organisation_id
    return rights_of(request).may(MANAGE, organisation=owner, area=None)


def owners(request: HttpRequest) -> QuerySet[Organisation]:
    """Organisations in whose name one may keep devices."""
    organisations = Organisation.objects.order_by("name", "id")
    mine = reach(request, MANAGE)
    return organisations if mine is None else organisations.filter(pk__in=mine)


def things(request: HttpRequest) -> QuerySet[Entity]:
    """Those to which one may tie a device: it will write their measurements."""
    mine = reach(request, MANAGE)
    return Entity.objects.all() if mine is None else Entity.objects.filter(organisation_id__in=mine)


def agent(request: HttpRequest) -> User:
    """Behind `@requires`, the one who asks is an account."""
    user = request.user
    assert isinstance(user, User)
    return user
