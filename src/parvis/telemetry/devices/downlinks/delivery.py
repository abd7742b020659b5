"""Orders to network servers, all at once: those by HTTP side by side, those by MQTT on one connection."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from parvis.kernel.outgoing import OutgoingError, OutgoingRequest, OutgoingResponse, gather
from parvis.telemetry.devices.models import Server

from . import chirpstack_v4, things_stack_v3
from .orders import ByHttp, ByMqtt, Message, Order
from .publishing import publish

_TIMEOUT_S = 5.0
_MOST_ANSWER = 1 << 16
_MOST_TOLD = 200
_REFUSALS = frozenset((400, 404, 413, 422))
"""The server has understood and will not take it: the same again will not please it better. A wrong key (401, 403) is repaired by an agent."""
_KNOWN_ALREADY = 409  # ChirpStack: an item has this id, so an earlier attempt went through

_WRITERS: dict[str, Callable[[Order], Message]] = {
    Server.CHIRPSTACK_V4: chirpstack_v4.message,
    Server.THINGS_STACK_V3: things_stack_v3.message,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The server has it, and will speak of it by this reference."""

    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDelivered:
    """`refused`: for good."""

    error: str
    refused: bool = False


Result = Delivered | NotDelivered


def deliver(orders: Sequence[Order]) -> list[Result]:
    """One result an order, in order. Waits for the network: never in a transaction."""
    messages = [_WRITERS[order.server](order) for order in orders]
    results: list[Result | None] = [None] * len(orders)
    by_http = [(index, one) for index, one in enumerate(messages) if isinstance(one, ByHttp)]
    for (index, _), answer in zip(by_http, gather([_request(one) for _, one in by_http]), strict=True):
        results[index] = _result(orders[index], answer)
    by_mqtt = [(index, one) for index, one in enumerate(messages) if isinstance(one, ByMqtt)]
    for (index, _), error in zip(by_mqtt, publish([one for _, one in by_mqtt]), strict=True):
        results[index] = NotDelivered(error=error) if error else Delivered(reference=orders[index].reference)
    return [one for one in results if one is not None]


def _request(message: ByHttp) -> OutgoingRequest:
    return OutgoingRequest(
        method="POST",
        url=message.url,
        headers={"Content-Type": "application/json", "User-Agent": "Parvis", **message.headers},
        body=message.body,
        timeout_s=_TIMEOUT_S,
        most_bytes=_MOST_ANSWER,
    )


def _result(order: Order, answer: OutgoingResponse | OutgoingError) -> Result:
    if isinstance(answer, OutgoingError):
        return NotDelivered(error=str(answer))
    if 200 <= answer.status < 300:
        told = chirpstack_v4.reference(answer.body) if order.server == Server.CHIRPSTACK_V4 else ""
        return Delivered(reference=told or order.reference)
    if answer.status == _KNOWN_ALREADY and order.server == Server.CHIRPSTACK_V4:
        return Delivered(reference=order.reference)
    told = answer.body.decode("utf-8", "replace")[:_MOST_TOLD].replace("\0", "")
    return NotDelivered(error=f"HTTP {answer.status} {told}".strip(), refused=answer.status in _REFUSALS)
