"""Downlinks: asked for, called off, and what the network server tells of them. `services.handover` sends them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.foundations.audit.facade import record
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.selectors import setting
from parvis.kernel.errors import Refusal
from parvis.kernel.urn import Urn
from parvis.telemetry.devices.downlinks.addressing import route_of
from parvis.telemetry.devices.downlinks.encoding import EncodingRefused, encode
from parvis.telemetry.devices.envelopes import DeviceEvent, EventKind
from parvis.telemetry.devices.models import Device, DeviceClass, Downlink, DownlinkStatus
from parvis.telemetry.devices.models.downlink import OPEN_STATES
from parvis.telemetry.devices.rules.airtime import LARGEST_PAYLOAD, WORST_SPREADING_FACTOR, frame_ms
from parvis.telemetry.devices.rules.handover import DEFAULT_EXPIRY, LONGEST_EXPIRY, MOST_WAITING, again_at

RIGHT = "devices.command"
DAILY_BUDGET_S = 30
"""Of the air, for one device; an organisation may set another (`devices.downlink_budget_s`)."""


class CommandRefused(Refusal):
    """Cette descente ne peut pas être envoyée."""

    status = 422
    code = "downlink-refused"
    message = gettext_lazy("Cette descente ne peut pas être envoyée.")


class NoWay(CommandRefused):
    """Aucun serveur de réseau ne permet de joindre ce capteur."""

    status = 409
    code = "downlink-no-way"
    message = gettext_lazy(
        "Aucun serveur de réseau ne permet de joindre ce capteur : il n’a rien envoyé par ChirpStack v4 ou The Things Stack, "
        "et sa fiche ne dit pas son nom dans l’un d’eux."
    )


class TooMany(CommandRefused):
    """Trop de descentes attendent déjà pour ce capteur."""

    status = 429
    code = "downlink-queue-full"
    message = gettext_lazy("Trop de descentes attendent déjà pour ce capteur : attendez, ou annulez-en.")


class OverBudget(CommandRefused):
    """Plus longue que ce que ce capteur peut recevoir en un jour."""

    code = "downlink-over-budget"
    message = gettext_lazy("Cette descente prendrait plus de temps d’antenne que ce capteur n’en a pour un jour.")


class TooLate(Refusal):
    """Cette descente est terminée : elle ne peut plus être annulée."""

    status = 409
    code = "downlink-over"
    message = gettext_lazy("Cette descente est terminée : elle ne peut plus être annulée.")


@transaction.atomic
def ask_downlink(
    *,
    device: Device,
    actor: str,
    now: datetime,
    command: Mapping[str, Any] | None = None,
    payload: bytes | None = None,
    f_port: int | None = None,
    confirmed: bool = False,
    expires_in: timedelta = DEFAULT_EXPIRY,
) -> Downlink:
    """Joins the queue of its device. Bytes, or a command that the codec of its profile encodes; a given port wins over the codec's.
    Raises a `CommandRefused`."""
    if not device.is_active:
        raise CommandRefused(_("Ce capteur est désactivé."))
    route = route_of(device)
    if route is None:
        raise NoWay
    if command is not None:
        payload, chosen = _encoded(device, command)
        f_port = chosen if f_port is None else f_port
    _check(payload, f_port, expires_in)
    assert payload is not None and f_port is not None
    if airtime_ms(device, len(payload)) > daily_budget_ms(device.organisation):
        raise OverBudget
    # Two at once count one another; held for moments only, ingestion writes to this row.
    Device.objects.select_for_update(no_key=True).only("pk").get(pk=device.pk)
    if device.downlinks.filter(status__in=OPEN_STATES, ended_at=None).count() >= MOST_WAITING:
        raise TooMany
    downlink = Downlink.objects.create(
        device=device,
        source=route.source,
        command=dict(command) if command is not None else None,
        f_port=f_port,
        payload=payload,
        confirmed=confirmed,
        not_before=now,
        expires_at=now + expires_in,
        created_by=actor,
        created_at=now,
    )
    _journal("downlink.asked", downlink, actor, now, payload=payload.hex(), f_port=f_port, confirmed=confirmed)
    return downlink


def _encoded(device: Device, command: Mapping[str, Any]) -> tuple[bytes, int | None]:
    codec = device.profile.codec if device.profile else None
    if codec is None:
        raise CommandRefused(_("Le profil de ce capteur n’a pas de codec : donnez la charge utile en hexadécimal."))
    if codec.quarantined_at:
        raise CommandRefused(_("Le codec de ce capteur est en quarantaine."))
    try:
        encoded = encode(codec, command)
    except EncodingRefused as refused:
        told = str(refused)[:300]
        raise CommandRefused(_("Le codec ne sait pas coder cette commande : %(told)s") % {"told": told}) from refused
    return encoded.payload, encoded.f_port


def _check(payload: bytes | None, f_port: int | None, expires_in: timedelta) -> None:
    if not payload:
        raise CommandRefused(_("La charge utile est vide."))
    if len(payload) > LARGEST_PAYLOAD:
        raise CommandRefused(_("La charge utile dépasse %(most)d octets.") % {"most": LARGEST_PAYLOAD})
    if f_port is None:
        raise CommandRefused(_("Le codec ne dit pas sur quel port : donnez-le."))
    if not 1 <= f_port <= 223:
        raise CommandRefused(_("Le port va de 1 à 223."))
    if not timedelta(0) < expires_in <= LONGEST_EXPIRY:
        raise CommandRefused(_("Une descente expire au plus tard après sept jours."))


@transaction.atomic
def cancel_downlink(*, downlink: Downlink, actor: str, now: datetime) -> Downlink:
    """What the network server has already, it may still send: then its screen says so. Raises `TooLate`."""
    found = Downlink.objects.select_for_update(of=("self",)).select_related("device__organisation").get(pk=downlink.pk)
    if not found.is_open:
        raise TooLate
    if found.attempts:
        found.error = _("Le serveur de réseau l’avait déjà : il peut encore l’émettre.")
    found.status, found.ended_at = DownlinkStatus.CANCELLED, now
    found.save(update_fields=["status", "error", "ended_at"])
    _journal("downlink.cancelled", found, actor, now)
    return found


def tell(events: Sequence[tuple[int, DeviceEvent]], *, now: datetime) -> None:
    """What a network server says of downlinks, by device: part of the transaction of ingestion. What speaks of none of ours is passed over."""
    told: defaultdict[tuple[int, str], list[DeviceEvent]] = defaultdict(list)
    for device_id, event in events:
        if event.reference and event.kind in _TELLING:
            told[device_id, event.reference].append(event)
    if not told:
        return
    spoken_of = Downlink.objects.select_for_update().filter(
        device_id__in={device_id for device_id, _reference in told},
        reference__in={reference for _device_id, reference in told},
    )
    for downlink in spoken_of.order_by("pk"):
        for event in told.get((downlink.device_id, downlink.reference), ()):
            _hear(downlink, event, now)
        # `save` would look at how many rows it changed, which in the pipeline of ingestion is known only later.
        changed = {name: getattr(downlink, name) for name in _TOLD}
        Downlink.objects.filter(pk=downlink.pk).update(**changed)


_TOLD = ("status", "reference", "not_before", "error", "ended_at")
_TELLING = frozenset({EventKind.QUEUED, EventKind.SENT, EventKind.ACK, EventKind.NACK, EventKind.FAILED})

_THROWN_AWAY = {"DOWNLINK_PAYLOAD_SIZE": DownlinkStatus.FAILED, "EXPIRED": DownlinkStatus.EXPIRED}
"""Codes of ChirpStack's log of an item that it will not send, now or ever: too long for the data rate, past its term."""


def _hear(downlink: Downlink, event: DeviceEvent, now: datetime) -> None:
    """What the radio did wins over what was decided here meanwhile: one that was called off may have gone all the same."""
    match event.kind:
        case EventKind.ACK:
            _end(downlink, DownlinkStatus.ACKNOWLEDGED, "", now)
        case EventKind.SENT if downlink.status not in {DownlinkStatus.ACKNOWLEDGED, DownlinkStatus.FAILED}:
            downlink.status, downlink.error = DownlinkStatus.TRANSMITTED, ""
            downlink.ended_at = None if downlink.confirmed else now
        case EventKind.QUEUED if downlink.status == DownlinkStatus.QUEUED:
            downlink.status, downlink.error = DownlinkStatus.SENT, ""
        case EventKind.NACK if downlink.is_open:
            _again_or_give_up(downlink, _("Le capteur n’a pas acquitté."), now)
        case EventKind.FAILED if downlink.is_open:
            over = _THROWN_AWAY.get(event.error.partition(":")[0])
            if over:
                _end(downlink, over, event.error, now)
            else:
                _again_or_give_up(downlink, event.error or _("Le serveur de réseau n’a pas pu l’émettre."), now)


def _again_or_give_up(downlink: Downlink, why: str, now: datetime) -> None:
    """Commands of one device arrive in their order or not at all: « close » is not sent after the « open » that came later."""
    again = again_at(downlink.attempts, now)
    overtaken = Downlink.objects.filter(device_id=downlink.device_id, pk__gt=downlink.pk, attempts__gt=0)
    if again is None or (downlink.expires_at and again >= downlink.expires_at) or overtaken.exists():
        _end(downlink, DownlinkStatus.FAILED, why, now)
        return
    downlink.status, downlink.reference, downlink.not_before = DownlinkStatus.QUEUED, "", again
    downlink.error = why[:500]


def _end(downlink: Downlink, status: DownlinkStatus, why: str, now: datetime) -> None:
    downlink.status, downlink.error, downlink.ended_at = status, why[:500], now


def airtime_ms(device: Device, payload_bytes: int) -> int:
    """Of one transmission: class A is answered at the data rate of its uplink, the others in the second window."""
    heard = device.spreading_factor if device.device_class == DeviceClass.A else None
    return frame_ms(payload_bytes, heard if heard and 7 <= heard <= 12 else WORST_SPREADING_FACTOR)


def daily_budget_ms(organisation: Organisation | None) -> int:
    seconds = setting(organisation, "devices.downlink_budget_s") if organisation else DAILY_BUDGET_S
    return int(seconds) * 1000


def _journal(action: str, downlink: Downlink, actor: str, now: datetime, **details: str | int | bool) -> None:
    device = downlink.device
    record(
        actor=actor,
        action=action,
        urn=str(Urn("LorawanDevice", device.eui)),
        right=RIGHT,
        organisation=device.organisation.slug if device.organisation else "",
        details={"downlink": downlink.pk, **details},
        now=now,
    )
