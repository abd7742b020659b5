"""A downlink from the moment it is asked for to what the server tells of it."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from parvis.foundations.audit.models import Entry
from parvis.foundations.organisations.models import Organisation, OrganisationSetting
from parvis.telemetry.devices.downlinks.delivery import Delivered, NotDelivered, Result
from parvis.telemetry.devices.downlinks.orders import Order
from parvis.telemetry.devices.envelopes import DeviceEvent, EventKind
from parvis.telemetry.devices.ingestion import ingest
from parvis.telemetry.devices.models import Device, Downlink, DownlinkStatus, Source, SourceKey
from parvis.telemetry.devices.rules.handover import MOST_WAITING
from parvis.telemetry.devices.services import handover
from parvis.telemetry.devices.services.downlink_access import save_downlink_access
from parvis.telemetry.devices.services.downlinks import (
    CommandRefused,
    NoWay,
    OverBudget,
    TooLate,
    TooMany,
    ask_downlink,
    cancel_downlink,
    tell,
)

from .factories import NOW, chirpstack, later, make_codec, make_device, make_profile, make_source, raw, things_stack

pytestmark = pytest.mark.django_db

ACTOR = "urn:ngsi-ld:Person:test"
VALVE = """
function encodeDownlink(input) {
  if (input.data.valve === undefined) return {errors: ["no valve"]};
  return {bytes: [input.data.valve === "open" ? 1 : 0], fPort: 7};
}
"""


class Server:
    """A network server that takes what it is given, or not."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.answer: Callable[[Order], Result] = lambda order: Delivered(reference=order.reference)

    def deliver(self, orders: Sequence[Order]) -> list[Result]:
        self.orders += orders
        return [self.answer(order) for order in orders]

    @property
    def payloads(self) -> list[bytes]:
        return [order.payload for order in self.orders]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr(handover, "deliver", made.deliver)
    return made


@pytest.fixture
def source() -> Source:
    return make_source()


@pytest.fixture
def device(source: Source) -> Device:
    return make_device(network_name="app1", entity=None)


def ask(device: Device, payload: bytes = b"\x01", *, minutes: float = 0, **changes: Any) -> Downlink:
    given: dict[str, Any] = {"payload": payload, "f_port": 1, "actor": ACTOR, "now": later(minutes)}
    return ask_downlink(device=device, **{**given, **changes})


def again(downlink: Downlink) -> Downlink:
    return Downlink.objects.get(pk=downlink.pk)


def hear(downlink: Downlink, kind: EventKind, *, minutes: float = 1, error: str = "", reference: str = "") -> Downlink:
    told = DeviceEvent(
        kind=kind,
        dev_eui=downlink.device.eui,
        received_at=later(minutes),
        reference=reference or again(downlink).reference,
        error=error,
    )
    tell([(downlink.device_id, told)], now=later(minutes))
    return again(downlink)


def test_it_is_sent_once_and_its_end_is_told(device: Device, server: Server, source: Source) -> None:
    asked = ask(device)
    assert asked.status == DownlinkStatus.QUEUED
    assert handover.send_due(NOW) == 1
    (order,) = server.orders
    assert (order.application, order.eui, order.payload, order.f_port) == ("app1", device.eui, b"\x01", 1)
    sent = again(asked)
    assert (sent.status, sent.attempts, sent.reference) == (DownlinkStatus.SENT, 1, order.reference)
    assert sent.airtime_ms == 1156  # SF12: it was not heard yet
    assert handover.send_due(later(10)) == 0
    over = hear(asked, EventKind.SENT)
    assert (over.status, over.ended_at) == (DownlinkStatus.TRANSMITTED, later(1))


def test_a_confirmed_one_is_over_when_it_is_acknowledged(device: Device, server: Server) -> None:
    asked = ask(device, confirmed=True)
    handover.send_due(NOW)
    assert hear(asked, EventKind.SENT).is_open
    over = hear(asked, EventKind.ACK, minutes=2)
    assert (over.status, over.ended_at) == (DownlinkStatus.ACKNOWLEDGED, later(2))


def test_without_acknowledgement_it_is_sent_three_times_under_three_references(device: Device, server: Server) -> None:
    asked = ask(device, confirmed=True)
    for minutes in (0, 10, 20):
        assert handover.send_due(later(minutes)) == 1
        hear(asked, EventKind.NACK, minutes=minutes + 1)
    assert again(asked).status == DownlinkStatus.FAILED
    assert again(asked).attempts == 3
    assert len({order.reference for order in server.orders}) == 3
    assert handover.send_due(later(60)) == 0


def test_it_is_not_sent_again_before_its_time(device: Device, server: Server) -> None:
    asked = ask(device, confirmed=True)
    handover.send_due(NOW)
    hear(asked, EventKind.NACK, minutes=0)
    assert handover.send_due(NOW + timedelta(seconds=29)) == 0
    assert handover.send_due(NOW + timedelta(seconds=30)) == 1


def test_commands_of_one_device_go_in_their_order(device: Device, server: Server, source: Source) -> None:
    first = ask(device, b"\x01", confirmed=True)
    ask(device, b"\x02")
    other = make_device(network_name="app1", entity=None)
    ask(other, b"\x03")
    handover.send_due(NOW)
    assert server.payloads == [b"\x01", b"\x03"], (
        "the second waits for the acknowledgement of the first; the other device does not"
    )
    hear(first, EventKind.ACK)
    handover.send_due(later(2))
    assert server.payloads[-1] == b"\x02"


def test_unconfirmed_ones_follow_each_other(device: Device, server: Server) -> None:
    for number in range(4):
        ask(device, bytes([number]))
    assert handover.send_due(NOW) == 4
    assert server.payloads == [b"\x00", b"\x01", b"\x02", b"\x03"]


def test_what_a_later_command_has_overtaken_is_not_sent_again(device: Device, server: Server) -> None:
    first = ask(device, b"\x01")
    ask(device, b"\x02")
    handover.send_due(NOW)
    assert hear(first, EventKind.FAILED, error="no downlink path").status == DownlinkStatus.FAILED


def test_what_the_radio_could_not_send_is_tried_again(device: Device, server: Server) -> None:
    asked = ask(device)
    handover.send_due(NOW)
    waiting = hear(asked, EventKind.FAILED, error="no downlink path")
    assert (waiting.status, waiting.error) == (DownlinkStatus.QUEUED, "no downlink path")


@pytest.mark.parametrize(
    ("code", "status"), [("DOWNLINK_PAYLOAD_SIZE", DownlinkStatus.FAILED), ("EXPIRED", DownlinkStatus.EXPIRED)]
)
def test_what_chirpstack_threw_away_is_over(device: Device, server: Server, code: str, status: str) -> None:
    asked = ask(device)
    handover.send_due(NOW)
    over = hear(asked, EventKind.FAILED, error=f"{code}: discarded")
    assert (over.status, over.ended_at is not None) == (status, True)


def test_a_server_that_is_away_is_asked_again_until_the_term(device: Device, server: Server) -> None:
    asked = ask(device, expires_in=timedelta(hours=1))
    server.answer = lambda _order: NotDelivered(error="no answer in 5 s")
    assert handover.send_due(NOW) == 0
    waiting = again(asked)
    assert (waiting.status, waiting.error, waiting.attempts) == (DownlinkStatus.QUEUED, "no answer in 5 s", 0)
    assert waiting.not_before == NOW + timedelta(seconds=5)
    handover.send_due(later(1))
    assert len({order.reference for order in server.orders}) == 1, "perhaps it had arrived: the same reference"
    handover.send_due(later(61))
    assert again(asked).status == DownlinkStatus.EXPIRED


def test_a_refusal_ends_it(device: Device, server: Server) -> None:
    asked = ask(device)
    server.answer = lambda _order: NotDelivered(error="HTTP 404 device not found", refused=True)
    handover.send_due(NOW)
    over = again(asked)
    assert (over.status, over.error) == (DownlinkStatus.FAILED, "HTTP 404 device not found")


def test_what_was_claimed_by_a_process_that_died_is_sent_a_minute_later(device: Device, server: Server) -> None:
    asked = ask(device)

    def dies(_order: Order) -> Result:
        raise KeyboardInterrupt

    server.answer = dies
    with pytest.raises(KeyboardInterrupt):
        handover.send_due(NOW)
    server.answer = lambda order: Delivered(reference=order.reference)
    assert handover.send_due(NOW + timedelta(seconds=59)) == 0
    assert handover.send_due(NOW + timedelta(seconds=61)) == 1
    assert server.orders[0].reference == server.orders[1].reference == again(asked).reference


def test_the_answer_may_come_after_what_it_tells(device: Device, server: Server) -> None:
    """ChirpStack's class C scheduler may be quicker than our own settling."""
    asked = ask(device)

    def told_already(order: Order) -> Result:
        hear(asked, EventKind.SENT)
        return Delivered(reference=order.reference)

    server.answer = told_already
    handover.send_due(NOW)
    over = again(asked)
    assert (over.status, over.attempts) == (DownlinkStatus.TRANSMITTED, 1)


def test_what_the_server_is_silent_about_expires(device: Device, server: Server) -> None:
    asked = ask(device, confirmed=True, expires_in=timedelta(hours=1))
    handover.send_due(NOW)
    assert handover.expire_downlinks(later(59)) == 0
    assert handover.expire_downlinks(later(60)) == 1
    assert again(asked).status == DownlinkStatus.EXPIRED
    assert hear(asked, EventKind.ACK, minutes=70).status == DownlinkStatus.ACKNOWLEDGED, "the truth wins"


def test_what_was_over_a_year_ago_is_forgotten(device: Device, server: Server) -> None:
    ask(device)
    waiting = ask(device, confirmed=True)
    handover.send_due(NOW)
    hear(Downlink.objects.exclude(pk=waiting.pk).get(), EventKind.SENT, minutes=0)
    assert handover.forget_downlinks(NOW + handover.KEEP) == 0
    assert handover.forget_downlinks(NOW + handover.KEEP + timedelta(days=1)) == 1
    assert Downlink.objects.get() == waiting


def test_events_of_nobody_change_nothing(device: Device, server: Server, source: Source) -> None:
    asked = ask(device)
    handover.send_due(NOW)
    other = make_device(entity=None)
    stranger = DeviceEvent(kind=EventKind.ACK, dev_eui=other.eui, received_at=NOW, reference=again(asked).reference)
    tell([(other.pk, stranger)], now=NOW)
    hear(asked, EventKind.ACK, reference="another")
    hear(asked, EventKind.STATUS)
    assert again(asked).status == DownlinkStatus.SENT
    tell([], now=NOW)


def test_one_that_waits_can_be_called_off(device: Device, server: Server) -> None:
    asked = ask(device)
    cancel_downlink(downlink=asked, actor=ACTOR, now=NOW)
    handover.send_due(NOW)
    assert server.orders == []
    with pytest.raises(TooLate):
        cancel_downlink(downlink=asked, actor=ACTOR, now=NOW)
    assert list(Entry.objects.order_by("pk").values_list("action", flat=True)) == [
        "downlink.asked",
        "downlink.cancelled",
    ]


def test_one_that_the_server_has_may_still_go(device: Device, server: Server) -> None:
    asked = ask(device)
    handover.send_due(NOW)
    cancelled = cancel_downlink(downlink=asked, actor=ACTOR, now=NOW)
    assert cancelled.status == DownlinkStatus.CANCELLED
    assert "peut encore" in cancelled.error
    assert hear(asked, EventKind.SENT).status == DownlinkStatus.TRANSMITTED


def test_a_command_is_encoded_by_the_codec(source: Source) -> None:
    device = make_device(make_profile(make_codec(VALVE)), network_name="app1", entity=None)
    asked = ask(device, payload=None, f_port=None, command={"valve": "open"})
    assert (bytes(asked.payload), asked.f_port, asked.command) == (b"\x01", 7, {"valve": "open"})
    with pytest.raises(CommandRefused, match="no valve"):
        ask(device, payload=None, f_port=None, command={})


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("function encodeDownlink() { while (true); }", "arrêté"),
        ("function encodeDownlink() { let a = []; while (true) a.push(new Array(100000).fill(1)); }", "arrêté"),
        ("function encodeDownlink() { throw new Error('valve?'); }", "valve?"),
        ("function encodeDownlink() { return {bytes: [300], fPort: 1}; }", "255"),
        ("function decodeUplink() { return {data: {}}; }", "encodeDownlink"),
        ("function encodeDownlink() {", "coder"),
    ],
)
def test_a_codec_that_does_not_encode_is_told(source: Source, program: str, told: str) -> None:
    device = make_device(make_profile(make_codec(program)), network_name="app1", entity=None)
    with pytest.raises(CommandRefused, match=told):
        ask(device, payload=None, command={"valve": "open"})
    assert not Downlink.objects.exists()


def test_what_cannot_be_sent_is_refused_at_once(device: Device) -> None:
    for changes in (
        {"payload": b""},
        {"payload": b"x" * 223},
        {"f_port": None},
        {"f_port": 0},
        {"f_port": 224},
        {"expires_in": timedelta(0)},
        {"expires_in": timedelta(days=8)},
        {"payload": None, "command": {"valve": 1}},
    ):
        with pytest.raises(CommandRefused):
            ask(device, **changes)
    device.is_active = False
    with pytest.raises(CommandRefused):
        ask(device)
    assert not Downlink.objects.exists()


def test_a_loop_in_somebodys_program_is_stopped(device: Device) -> None:
    for _ in range(MOST_WAITING):
        ask(device)
    with pytest.raises(TooMany):
        ask(device)


def test_a_device_is_reached_through_the_server_that_brought_its_latest_uplink(server: Server) -> None:
    make_source(server="thingpark")
    one, two = make_source(), make_source()
    device = make_device(entity=None)
    with pytest.raises(NoWay):
        ask(device)
    for source, application in ((one, "app1"), (two, "app2")):
        info = {"devEui": device.eui, "applicationId": application}
        ingest([raw(source, chirpstack(device.eui, deviceInfo=info, deduplicationId=application))], now=NOW)
    ask(device)
    handover.send_due(NOW)
    assert server.orders[0].application == "app2"
    assert Downlink.objects.get().source == two
    Source.objects.filter(pk=two.pk).update(is_active=False)
    with pytest.raises(NoWay):
        ask(device)


def test_what_the_network_server_pushes_is_heard(server: Server, source: Source) -> None:
    """By ingestion, in the words of each server."""
    things = make_source(server="tts-v3")
    for sender, event, members in (
        (source, "txack", {"downlinkId": 1, "gatewayId": "aa"}),
        (source, "ack", {"acknowledged": True}),
        (things, "downlink_sent", {}),
        (things, "downlink_ack", {}),
    ):
        Source.objects.exclude(pk=sender.pk).update(is_active=False)
        Source.objects.filter(pk=sender.pk).update(is_active=True)
        device = make_device(network_name="app1/dev1", entity=None)
        asked = ask(device, confirmed=True)
        handover.send_due(NOW)
        reference = again(asked).reference
        if sender == source:
            body = {"deviceInfo": {"devEui": device.eui}, "time": NOW.isoformat(), "queueItemId": reference, **members}
        else:
            told = {"f_port": 1, "correlation_ids": ["as:downlink:01D7", reference]}
            body = {"end_device_ids": {"dev_eui": device.eui}, "received_at": NOW.isoformat(), event: told}
        ingest([raw(sender, json.dumps(body).encode(), event=event)], now=later(1))
        expected = "acknowledged" if event.endswith("ack") and event != "txack" else "transmitted"
        assert again(asked).status == expected, event


def test_an_event_does_not_hide_the_tenant(server: Server) -> None:
    source, device = make_source(server="tts-v3"), make_device(entity=None)
    envelope = json.loads(things_stack(device.eui, network_ids={"tenant_id": "city"}))
    ids = {**envelope["end_device_ids"], "device_id": "dev1", "application_ids": {"application_id": "app1"}}
    ack = {"end_device_ids": ids, "received_at": later(1).isoformat(), "downlink_ack": {"f_port": 1}}
    for body in (envelope | {"end_device_ids": ids}, ack):
        ingest([raw(source, json.dumps(body).encode())], now=later(1))
    ask(device)
    handover.send_due(later(1))
    (order,) = server.orders
    assert (order.application, order.device, order.tenant) == ("app1", "dev1", "city")


def test_nothing_is_said_to_a_device_that_was_disabled(device: Device, server: Server) -> None:
    ask(device)
    Device.objects.update(is_active=False)
    assert handover.send_due(NOW) == 0


def test_a_device_that_goes_takes_its_downlinks_along(device: Device, server: Server) -> None:
    ask(device)

    def removed(order: Order) -> Result:
        device.delete()
        return Delivered(reference=order.reference)

    server.answer = removed
    assert handover.send_due(NOW) == 1
    assert not Downlink.objects.exists()


def test_a_device_has_its_share_of_the_air(source: Source, server: Server) -> None:
    owner = Organisation.objects.create(kind="service", name="Eau", short_name="eau", slug="eau")
    OrganisationSetting.objects.create(organisation=owner, key="devices.downlink_budget_s", value=3)
    device = make_device(network_name="app1", entity=None, organisation=owner)
    for number in range(3):
        ask(device, bytes([number]))  # 1.156 s each
    handover.send_due(NOW)
    assert len(server.orders) == 2
    waiting = Downlink.objects.get(status=DownlinkStatus.QUEUED)
    assert waiting.not_before == NOW + timedelta(days=1)
    assert "budget" in waiting.error
    with pytest.raises(OverBudget):
        ask(device, b"x" * 100)


def test_a_gateway_has_its_share_of_the_hour(source: Source, server: Server) -> None:
    devices = [make_device(network_name="app1", entity=None, gateway="gw-1") for _ in range(17)]
    elsewhere = make_device(network_name="app1", entity=None, gateway="gw-2")
    for device in [*devices, elsewhere]:
        ask(device)  # 1.156 s each, of 18 s
    handover.send_due(NOW)
    assert len(server.orders) == 16
    assert elsewhere.eui in {order.eui for order in server.orders}
    assert handover.send_due(later(59)) == 0
    assert handover.send_due(later(61)) == 2


def test_a_near_device_takes_little_of_it(source: Source, server: Server) -> None:
    device = make_device(network_name="app1", entity=None, spreading_factor=7)
    asked = ask(device)
    handover.send_due(NOW)
    assert again(asked).airtime_ms == 42


def test_a_key_stays_with_its_server(source: Source) -> None:
    def save(url: str, key: str = "") -> str | None:
        save_downlink_access(source=source, url=url, key=key, actor=ACTOR, now=NOW)
        return SourceKey.objects.filter(source=source).values_list("secret", flat=True).first()

    assert save("https://lora.city.fr", "k-1") == "k-1"
    assert save("https://lora.city.fr/api") == "k-1"
    assert save("https://elsewhere.example") is None
    assert save("https://elsewhere.example", "k-2") == "k-2"
    assert save("http://elsewhere.example") is None, "nor in clear"
    assert not any("k-1" in str(entry.details) for entry in Entry.objects.all())
