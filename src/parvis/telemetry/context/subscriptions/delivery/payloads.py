"""A notification as it is sent: the body, and what goes with it in headers (ETSI GS CIM 009 V1.8.1, 5.3.1, 5.3.2 and 6.3.8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.broker.answering import link_to
from parvis.telemetry.context.broker.media import Media
from parvis.telemetry.context.ngsild.rendering import feature, feature_collection, render
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.subscriptions.delivery.entries import entity_told, with_deletion
from parvis.telemetry.context.subscriptions.delivery.joins import joined
from parvis.telemetry.context.subscriptions.delivery.targets import Target
from parvis.telemetry.context.subscriptions.snapshots import Snapshot, decoded

_NAMESPACE = UUID("7a0f3c52-6f1c-4f0e-9a57-0d5b6f1d2a11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """`document` is the notification; `headers` without those of the protocol itself."""

    document: dict[str, Any]
    headers: tuple[tuple[str, str], ...]
    content_type: str

    @property
    def body(self) -> bytes:
        return msgspec.json.encode(self.document)


def notification_of(contents: Sequence[str], target: Target, *, key: str, now: datetime) -> Payload | None:
    """Of changes of entities, in their order. None when the subscriber may see nothing of them.

    `key` says which changes it tells: told again after a failure, it has the same id. For a target that joins it reads the database.
    """
    told = [(snapshot, entity_told(snapshot, target)) for snapshot in map(decoded, contents)]
    return _notification([(one, stored) for one, stored in told if stored is not None], target, key, now)


def periodic_notification(entities: Iterable[Stored], target: Target, *, key: str, now: datetime) -> Payload | None:
    """Of entities as they are. None when there is none that the subscriber may see."""
    seen = [stored for one in entities if (stored := target.rights.visible(one)) is not None]
    return _notification([(None, stored) for stored in seen], target, key, now)


def sources_notification(members: Mapping[str, Any], target: Target, *, key: str, now: datetime) -> Payload:
    """Of registrations; `members` are `data` and `triggerReason`, already in the words of the subscriber."""
    document = _head("ContextSourceNotification", target, key, now) | members
    if target.receiver.accept is Media.LD:
        document["data"] = [one | {"@context": target.context.value} for one in members["data"]]
    return Payload(document=document, headers=_headers(target), content_type=target.receiver.accept)


_Told = Sequence[tuple[Snapshot | None, Stored]]
"""Entities, each with the change that is told of it; None: as it is, no change."""


def _notification(told: _Told, target: Target, key: str, now: datetime) -> Payload | None:
    if not told:
        return None
    accept = target.receiver.accept
    if accept is Media.GEO:
        data: Any = feature_collection([_feature(snapshot, stored, target) for snapshot, stored in told])
        if not target.receiver.wants_link:
            data["@context"] = target.context.value
    else:
        data = _joined(told, target, now) if target.join else [_rendered(*one, target) for one in told]
        if accept is Media.LD:
            data = [one | {"@context": target.context.value} for one in data]
    document = _head("Notification", target, key, now) | {"data": data}
    return Payload(document=document, headers=_headers(target), content_type=accept)


def _joined(told: _Told, target: Target, now: datetime) -> list[dict[str, Any]]:
    """Deleted entities point at nothing any more."""
    gone = [one for one in told if one[0] is not None and one[0].deleted]
    present = [stored for snapshot, stored in told if snapshot is None or not snapshot.deleted]
    return joined(present, target, now) + [_rendered(*one, target) for one in gone]


def _rendered(snapshot: Snapshot | None, stored: Stored, target: Target) -> dict[str, Any]:
    document = render(stored, target.context, target.representation)
    return document if snapshot is None else with_deletion(document, snapshot)


def _feature(snapshot: Snapshot | None, stored: Stored, target: Target) -> dict[str, Any]:
    document = feature(stored, target.context, target.representation)
    if snapshot is not None:
        with_deletion(document["properties"], snapshot)
    return document


def _head(kind: str, target: Target, key: str, now: datetime) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:Notification:{uuid5(_NAMESPACE, f'{target.urn} {key}')}",
        "type": kind,
        "subscriptionId": target.urn,
        "notifiedAt": instant_text(now),
    }


def _headers(target: Target) -> tuple[tuple[str, str], ...]:
    headers = list(target.receiver.headers)
    if target.receiver.wants_link:
        headers.append(("Link", link_to(target.context)))
    if target.tenant_name:
        headers.append(("NGSILD-Tenant", target.tenant_name))
    return tuple(headers)
