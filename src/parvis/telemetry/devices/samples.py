"""What a mapping is looked at through: the last uplinks of its devices, else the examples of its codec, and a payload one writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Uplink
from parvis.telemetry.devices.rules.previewing import Sample
from parvis.telemetry.devices.sandbox import Answer, Success
from parvis.telemetry.devices.trial import Payload, try_payloads

MOST = 5
_DEVICES = 3  # of those heard last; a few uplinks of each show a change, one of each would not


@dataclass(frozen=True, kw_only=True)
class _Payload:
    """Bytes to decode, and what to call the sample that they give."""

    name: str
    payload: bytes
    f_port: int
    at: datetime | None = None


def latest_samples(
    *,
    devices: QuerySet[Device],
    profile: DeviceProfile | None,
    codec: Codec | None,
    pasted: tuple[bytes, int] | None,
    now: datetime,
) -> list[Sample]:
    """The `pasted` payload (bytes, port), then the latest uplinks first, `MOST` of them. `devices` are those the reader may look at."""
    heard = _uplinks(devices.filter(profile=profile)) if profile is not None else []
    if codec is None:
        return [_as_the_server_says(uplink, name) for uplink, name in heard]
    heard = heard or _uplinks(devices.filter(profile__codec__name=codec.name))
    wanted = [_Payload(name=_("Charge utile d’essai"), payload=pasted[0], f_port=pasted[1])] if pasted else []
    wanted += [
        _Payload(name=name, payload=bytes(uplink.payload or b""), f_port=uplink.f_port or 0, at=_at(uplink))
        for uplink, name in heard
    ]
    found = [_sample(one, answer) for one, answer in zip(wanted, _answers(codec, wanted, now), strict=True)]
    return found if heard else [*found, *examples_of(codec)]


def examples_of(codec: Codec) -> list[Sample]:
    """What this version answered to the examples of its maker: different devices, in no order of time."""
    return list(_examples(codec))[:MOST]


def _examples(codec: Codec) -> Iterator[Sample]:
    for row in codec.examples:
        decoded = row["answer"].get("data") if row["function"] == "decodeUplink" else None
        if isinstance(decoded, dict):
            yield Sample(name=row["description"], decoded=decoded)


def _uplinks(devices: QuerySet[Device]) -> list[tuple[Uplink, str]]:
    """The latest first, with the name of the device."""
    heard = devices.filter(last_seen_at__isnull=False).order_by("-last_seen_at", "pk")
    names = dict(heard.values_list("pk", "name")[:_DEVICES])
    if not names:
        return []
    found = Uplink.objects.filter(device_id__in=names, payload__isnull=False).defer("raw").order_by("-id")[:MOST]
    latest = sorted(found, key=lambda uplink: (_at(uplink), uplink.pk), reverse=True)
    return [(uplink, names[uplink.device_id]) for uplink in latest if uplink.device_id is not None]


def _at(uplink: Uplink) -> datetime:
    return uplink.sent_at or uplink.received_at


def _as_the_server_says(uplink: Uplink, name: str) -> Sample:
    why = "" if uplink.decoded else _("le serveur de réseau ne l’a pas décodée")
    return Sample(name=name, decoded=uplink.decoded or None, at=_at(uplink), failure=why)


def _sample(payload: _Payload, answer: Answer) -> Sample:
    if isinstance(answer, Success):
        return Sample(name=payload.name, decoded=answer.data, at=payload.at)
    return Sample(name=payload.name, decoded=None, at=payload.at, failure=answer.detail or answer.kind.value)


_answered: dict[tuple[int, bytes, int], Answer] = {}
_MOST_REMEMBERED = 500


def _answers(codec: Codec, payloads: Sequence[_Payload], now: datetime) -> list[Answer]:
    """Remembered: a version of a codec never changes, and a preview asks again at each letter one types."""
    asked = [(codec.pk, one.payload, one.f_port) for one in payloads]
    known = {key: answer for key in asked if (answer := _answered.get(key))}
    missing = [index for index, key in enumerate(asked) if key not in known]
    if missing:
        answers = try_payloads(
            kind=codec.kind, source=codec.source, payloads=[_trial(payloads[index], now) for index in missing]
        )
        told = dict(zip((asked[index] for index in missing), answers, strict=True))
        if len(_answered) > _MOST_REMEMBERED:
            _answered.clear()
        _answered.update(told)
        known |= told
    return [known[key] for key in asked]


def _trial(payload: _Payload, now: datetime) -> Payload:
    return Payload(payload=payload.payload, f_port=payload.f_port, at_ms=(payload.at or now).timestamp() * 1000)
