"""A notification as it is sent: the body, and what goes with it in headers (ETSI GS CIM 009 V1.8.1, 5.3.1, 5.3.2 and 6.3.8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.broker.answering import link_to
from parvis.telemetry.context.broker.media import Media
from parvis.telemetry.context.ngsild.rendering import feature_collection
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.subscriptions.delivery.drawing import document_of, drawn, with_context
from parvis.telemetry.context.subscriptions.delivery.entries import entity_told
from parvis.telemetry.context.subscriptions.delivery.joins import joined
from parvis.telemetry.context.subscriptions.delivery.targets import Target
from parvis.telemetry.context.subscriptions.snapshots import decoded

_NAMESPACE = UUID("7a0f3c52-6f1c-4f0e-9a57-0d5b6f1d2a11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """`document` is the notification; `headers` without those of the protocol itself."""

    document: dict[str, Any]
    headers: tuple[tuple[str, str], ...]
    content_type: str


def notification_of(contents: Sequence[str], target: Target, *, key: str, now: datetime) -> Payload | None:
    """Of changes of entities, in their order. None when the subscriber may see nothing of them.

    `key` says which changes it tells: told again after a failure, it has the same id. For a target that joins it reads the database.
    """
    if not target.join:
        return _notification([one for one in (drawn(content, target) for content in contents) if one], target, key, now)
    told = [(snapshot, stored) for snapshot in map(decoded, contents) if (stored := entity_told(snapshot, target))]
    gone = [document_of(*one, target) for one in told if one[0].deleted]  # they point at nothing any more
    present = [stored for snapshot, stored in told if not snapshot.deleted]
    return _notification(_joined(present, target, now) + gone, target, key, now)


def periodic_notification(entities: Iterable[Stored], target: Target, *, key: str, now: datetime) -> Payload | None:
    """Of entities as they are. None when there is none that the subscriber may see."""
    seen = [stored for one in entities if (stored := target.rights.visible(one)) is not None]
    data = _joined(seen, target, now) if target.join else [document_of(None, one, target) for one in seen]
    return _notification(data, target, key, now)


def sources_notification(members: Mapping[str, Any], target: Target, *, key: str, now: datetime) -> Payload:
    """Of registrations; `members` are `data` and `triggerReason`, already in the words of the subscriber."""
    document = _head("ContextSourceNotification", target, key, now) | dict(members)
    document["data"] = [with_context(one, target) for one in members["data"]]
    return Payload(document=document, headers=_headers(target), content_type=target.receiver.accept)


def _notification(data: Sequence[Any], target: Target, key: str, now: datetime) -> Payload | None:
    """Of entities in the form wanted."""
    if not data:
        return None
    document = _head("Notification", target, key, now)
    document["data"] = data
    if target.receiver.accept is Media.GEO:
        document["data"] = feature_collection(data)
        if not target.receiver.wants_link:
            document["data"]["@context"] = target.context.value
    return Payload(document=document, headers=_headers(target), content_type=target.receiver.accept)


def _joined(entities: Sequence[Stored], target: Target, now: datetime) -> list[dict[str, Any]]:
    """GeoJSON holds no linked entities."""
    if target.receiver.accept is Media.GEO:
        return [document_of(None, one, target) for one in entities]
    return [with_context(one, target) for one in joined(entities, target, now)]


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
