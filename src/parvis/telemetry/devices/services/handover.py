"""Downlinks that are due are handed to their network server: claimed in one transaction, sent outside of any, settled in another.

A crash in between leaves one claimed; it is sent again a minute later under the same reference, by which ChirpStack knows it already.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from parvis.telemetry.devices.downlinks.addressing import Route, route_of
from parvis.telemetry.devices.downlinks.delivery import Delivered, NotDelivered, Result, deliver
from parvis.telemetry.devices.downlinks.orders import Order
from parvis.telemetry.devices.models import Device, Downlink, DownlinkStatus, SourceKey
from parvis.telemetry.devices.models.downlink import OPEN_STATES
from parvis.telemetry.devices.rules.airtime import DAY, HOUR, gateway_budget_ms, room_at
from parvis.telemetry.devices.rules.handover import knock_again_at

from .downlinks import airtime_ms, daily_budget_ms

KEEP = timedelta(days=365)
_CLAIMED_FOR = timedelta(minutes=1)
_MOST_AT_ONCE = 50
_MOST_ROUNDS = 4  # of some seconds each when a server is slow: other jobs of the worker wait meanwhile


def send_due(now: datetime) -> int:
    """How many a server has taken. Those of one device go one after the other, in the order they were asked for."""
    _expire(now, (DownlinkStatus.QUEUED,))
    taken = 0
    for _round in range(_MOST_ROUNDS):
        claimed = _claim(now)
        results = deliver([order for _downlink, order in claimed])
        delivered = [_settle(one, result, now) for (one, _order), result in zip(claimed, results, strict=True)]
        taken += sum(delivered)
        if not any(delivered):
            break
    return taken


def expire_downlinks(now: datetime) -> int:
    """Those of which the network server has said nothing in time, too; how many."""
    return _expire(now, OPEN_STATES)


def forget_downlinks(now: datetime) -> int:
    """Those that were over a year ago: who commanded what stays in the journal."""
    return Downlink.objects.filter(ended_at__lt=now - KEEP).delete()[0]


def _expire(now: datetime, states: Sequence[DownlinkStatus]) -> int:
    return Downlink.objects.filter(status__in=states, ended_at=None, expires_at__lte=now).update(
        status=DownlinkStatus.EXPIRED, ended_at=now
    )


@transaction.atomic
def _claim(now: datetime) -> list[tuple[Downlink, Order]]:
    before = Downlink.objects.filter(
        Q(status=DownlinkStatus.QUEUED) | Q(confirmed=True, status__in=OPEN_STATES, ended_at=None),
        device_id=OuterRef("device_id"),
        pk__lt=OuterRef("pk"),
    )
    due = (
        Downlink.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(~Exists(before), status=DownlinkStatus.QUEUED, not_before__lte=now, device__is_active=True)
        .select_related("device__organisation")
        .order_by("not_before", "pk")[:_MOST_AT_ONCE]
    )
    air = _Air(now)
    claimed = []
    for downlink in due:
        route = route_of(downlink.device)
        if route is None:
            _wait(downlink, _("Aucun serveur de réseau ne permet de joindre ce capteur."), now)
        elif (free_at := air.free_at(downlink)) is not None:
            downlink.error, downlink.not_before = _("Le budget de temps d’antenne est atteint."), free_at
        else:
            air.take(downlink)
            downlink.reference = downlink.reference or str(uuid4())
            downlink.source, downlink.not_before = route.source, now + _CLAIMED_FOR
            claimed.append((downlink, _order(downlink, route)))
        downlink.save(update_fields=["reference", "source", "error", "not_before"])
    return claimed


def _order(downlink: Downlink, route: Route) -> Order:
    source, address = route.source, route.address
    key = (
        SourceKey.objects.filter(source=source).values_list("secret", flat=True).first() if source.downlink_url else ""
    )
    return Order(
        server=source.server,
        application=address.application,
        device=address.device,
        tenant=address.tenant,
        eui=downlink.device.eui,
        f_port=downlink.f_port,
        payload=bytes(downlink.payload),
        confirmed=downlink.confirmed,
        reference=downlink.reference,
        expires_at=downlink.expires_at,
        url=source.downlink_url,
        key=key or "",
        hook=source.slug,
    )


@transaction.atomic
def _settle(claimed: Downlink, result: Result, now: datetime) -> bool:
    """Meanwhile it may have been called off, and the server may have told of it already: that stays."""
    known = Downlink.objects.select_for_update(of=("self",)).select_related("device")
    downlink = known.filter(pk=claimed.pk).first()
    if downlink is None:  # gone with its device
        return isinstance(result, Delivered)
    ours = downlink.status == DownlinkStatus.QUEUED and downlink.reference == claimed.reference
    match result:
        case Delivered():
            downlink.attempts += 1
            downlink.airtime_ms = (downlink.airtime_ms or 0) + airtime_ms(downlink.device, len(downlink.payload))
            downlink.sent_at = now
            if ours:
                downlink.status, downlink.reference, downlink.error = DownlinkStatus.SENT, result.reference, ""
        case NotDelivered() if ours and result.refused:
            downlink.status, downlink.error, downlink.ended_at = DownlinkStatus.FAILED, result.error[:500], now
        case NotDelivered() if ours:
            _wait(downlink, result.error, now)
    downlink.save(
        update_fields=["status", "reference", "attempts", "airtime_ms", "sent_at", "ended_at", "error", "not_before"]
    )
    return isinstance(result, Delivered)


def _wait(downlink: Downlink, why: str, now: datetime) -> None:
    downlink.error, downlink.not_before = why[:500], knock_again_at(downlink.created_at, now)


class _Air:
    """What of the air is spent: by the device in a day, by its gateway in an hour for its class. Remembers what this round adds."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._added: defaultdict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)

    def free_at(self, downlink: Downlink) -> datetime | None:
        """None: now."""
        device, now = downlink.device, self._now
        wanted_ms = airtime_ms(device, len(downlink.payload))
        moments = [
            room_at(
                spent=_spent(Downlink.objects.filter(device_id=device.pk, sent_at__gt=now - DAY)),
                wanted_ms=wanted_ms,
                allowed_ms=daily_budget_ms(device.organisation),
                window=DAY,
                now=now,
            )
        ]
        if device.gateway:
            heard_there = Downlink.objects.filter(
                sent_at__gt=now - HOUR, device__gateway=device.gateway, device__device_class=device.device_class
            )
            moments.append(
                room_at(
                    spent=[*_spent(heard_there), *self._added[_channel(device)]],
                    wanted_ms=wanted_ms,
                    allowed_ms=gateway_budget_ms(device.device_class),
                    window=HOUR,
                    now=now,
                )
            )
        return max((moment for moment in moments if moment is not None), default=None)

    def take(self, downlink: Downlink) -> None:
        cost = (self._now, airtime_ms(downlink.device, len(downlink.payload)))
        self._added[_channel(downlink.device)].append(cost)


def _channel(device: Device) -> tuple[str, str]:
    return device.gateway, device.device_class


def _spent(downlinks: QuerySet[Downlink]) -> Sequence[tuple[datetime, int]]:
    return [(at, ms) for at, ms in downlinks.values_list("sent_at", "airtime_ms") if at and ms]
