"""The Things Stack v3: `ApplicationDownlinks` pushed to the device's queue, by MQTT or through a webhook of the application.

Every event of a downlink carries its `correlation_ids`, ours among them. It tries confirmed downlinks again by itself unless `max_attempts` says once:
then a `downlink_nack` is the end of it there, and whether it is sent again is decided in one place, here.
"""

import base64
from typing import Any
from urllib.parse import urlsplit

import msgspec

from .orders import ByHttp, ByMqtt, Message, Order


def message(order: Order) -> Message:
    downlink: dict[str, Any] = {
        "f_port": order.f_port,
        "frm_payload": base64.b64encode(order.payload).decode(),
        "confirmed": order.confirmed,
        "priority": "NORMAL",
        "correlation_ids": [order.reference],
    }
    if order.confirmed:
        downlink["confirmed_retry"] = {"max_attempts": 1}
    body = msgspec.json.encode({"downlinks": [downlink]})
    if not order.url:
        application = f"{order.application}@{order.tenant}" if order.tenant else order.application
        return ByMqtt(topic=f"v3/{application}/devices/{order.device}/down/push", body=body)
    headers = {"Authorization": f"Bearer {order.key}"} if order.key else {}
    return ByHttp(url=f"{_webhook(order)}/devices/{order.device}/down/push", headers=headers, body=body)


def _webhook(order: Order) -> str:
    """The address of our webhook in its API, when that is what was given; else from the address of the server."""
    url = order.url.rstrip("/")
    if "/webhooks/" in urlsplit(url).path:
        return url
    return f"{url}/api/v3/as/applications/{order.application}/webhooks/{order.hook}"
