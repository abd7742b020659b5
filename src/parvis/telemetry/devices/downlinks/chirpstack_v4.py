"""ChirpStack v4: `integration.DownlinkCommand` by MQTT, `api.DeviceService.Enqueue` by its REST API.

By MQTT the queue item has the id we give it; by REST the one of the answer counts. The application in the topic must be that of the device. Events
`txack`, `ack` and `log` name the item (`queueItemId`, `context.queue_item_id`). It does not try again by itself: an item without acknowledgement is
discarded, and told as `ack` with `acknowledged` false.
"""

import base64
from typing import Any

import msgspec

from .orders import ByHttp, ByMqtt, Message, Order


def message(order: Order) -> Message:
    item: dict[str, Any] = {
        "id": order.reference,
        "devEui": order.eui,
        "confirmed": order.confirmed,
        "fPort": order.f_port,
        "data": base64.b64encode(order.payload).decode(),
    }
    if order.expires_at is not None:
        item["expiresAt"] = order.expires_at.isoformat().replace("+00:00", "Z")
    if not order.url:
        topic = f"application/{order.application}/device/{order.eui}/command/down"
        return ByMqtt(topic=topic, body=msgspec.json.encode(item))
    return ByHttp(
        url=f"{order.url.rstrip('/')}/api/devices/{order.eui}/queue",
        headers={"Grpc-Metadata-Authorization": f"Bearer {order.key}"} if order.key else {},
        body=msgspec.json.encode({"queueItem": item}),
    )


def reference(answer: bytes) -> str:
    """The id that the queue item has; empty when the answer does not say."""
    try:
        told = msgspec.json.decode(answer)
    except (msgspec.DecodeError, RecursionError):
        return ""
    number = told.get("id") if isinstance(told, dict) else None
    return number[:120] if isinstance(number, str) else ""
