"""The webhook as a network server meets it: over HTTP, with a token, answered after commit."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from parvis.foundations.identity.tokens import create_token, forget
from parvis.foundations.organisations.models import Organisation
from parvis.kernel import clock
from parvis.telemetry.devices.ingestion import Outcome, OutcomeStatus, RawUplink, Unavailable
from parvis.telemetry.devices.models import Source, Uplink
from parvis.telemetry.devices.webhook import door as door_module
from parvis.telemetry.devices.webhook.batcher import Batcher, Full

from .factories import NOW, chirpstack, make_source, make_thermometer, raw
from .serving import post, serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port() -> Iterator[int]:
    forget()
    with serving() as port:
        yield port


def token(*scopes: str, organisation: Organisation | None = None) -> str:
    _, secret = create_token(
        name="réseau",
        scopes=scopes or ("devices.uplink",),
        organisation=organisation,
        expires_at=None,
        created_by=None,
        now=NOW,
    )
    return f"Bearer {secret}"


def uplink(device: Any, **changes: Any) -> bytes:
    return chirpstack(device.eui, at=clock.now(), **changes)


def test_an_uplink_is_accepted_once(port: int) -> None:
    source, device = make_source(), make_thermometer()
    body, secret = uplink(device), token()
    path = f"/ingest/{source.slug}?event=up"
    assert post(port, path, body, Authorization=secret)[:2] == (200, {"status": "accepted"})
    assert Uplink.objects.get().status == "accepted"
    assert post(port, path, body, Authorization=secret)[:2] == (200, {"status": "duplicate"})
    assert Uplink.objects.count() == 1


def test_the_token_may_come_in_a_header_of_ours(port: int) -> None:
    source, device = make_source(), make_thermometer()
    secret = token().removeprefix("Bearer ")
    assert post(port, f"/ingest/{source.slug}", uplink(device), X_Parvis_Token=secret)[0] == 200


def test_what_is_rejected_is_kept_and_said(port: int) -> None:
    source, secret = make_source(), token()
    status, answer, _ = post(port, f"/ingest/{source.slug}", chirpstack("02004d5450ffffff"), Authorization=secret)
    assert (status, answer) == (202, {"status": "rejected", "reason": "unknown_device"})
    status, answer, headers = post(port, f"/ingest/{source.slug}", b'{"deviceInfo', Authorization=secret)
    assert (status, answer["kept"], headers["content-type"]) == (400, True, "application/problem+json")
    assert "JSON" in answer["detail"]
    assert [bytes(one.raw) for one in Uplink.objects.rejected().order_by("id")][1] == b'{"deviceInfo'


def test_events_are_answered(port: int) -> None:
    source, device, secret = make_source(), make_thermometer(), token()
    body = chirpstack(device.eui).replace(b'"fPort"', b'"x"')
    assert post(port, f"/ingest/{source.slug}?event=join", body, Authorization=secret)[1]["status"] == "ignored"


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("", 401), ("Bearer nothing", 401), ("Bearer pv_invented", 401), ("Basic cGFydmlz", 401), ("other scope", 401)],
)
def test_without_the_right_token_nothing_is_kept_nor_learnt(port: int, authorization: str, status: int) -> None:
    source = make_source()
    authorization = token("audit.view") if authorization == "other scope" else authorization
    for slug in (source.slug, "no-such-source"):
        found, answer, headers = post(port, f"/ingest/{slug}", b"{}", Authorization=authorization)
        assert (found, headers["content-type"], headers["www-authenticate"]) == (
            status,
            "application/problem+json",
            "Bearer",
        )
        assert answer["status"] == status
    assert not Uplink.objects.exists()


def organisation(slug: str) -> Organisation:
    return Organisation.objects.create(kind="service", name=slug, short_name=slug, slug=slug)


def test_a_token_feeds_the_sources_of_its_organisation(port: int) -> None:
    water, light = organisation("eau"), organisation("eclairage")
    source, device = make_source(organisation=water), make_thermometer(organisation=water)
    for owner, status in ((water, 200), (light, 403), (None, 200)):
        assert (
            post(port, f"/ingest/{source.slug}", uplink(device), Authorization=token(organisation=owner))[0] == status
        )


def test_other_refusals(port: int) -> None:
    source, secret = make_source(), token()
    path = f"/ingest/{source.slug}"
    assert post(port, "/ingest/no-such-source", b"{}", Authorization=secret)[0] == 404
    assert post(port, f"/ingest/{make_source(is_active=False).slug}", b"{}", Authorization=secret)[0] == 403
    assert post(port, path, b"\x0a\x0b", Authorization=secret, Content_Type="application/octet-stream")[0] == 415
    assert post(port, path, b"x" * (256 * 1024 + 1), Authorization=secret)[0] == 413
    assert not Uplink.objects.exists()


def test_a_database_that_is_away_is_said_and_nothing_is_acknowledged(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, device, secret = make_source(), make_thermometer(), token()
    path = f"/ingest/{source.slug}"
    assert post(port, path, uplink(device), Authorization=secret)[0] == 200

    with connection.cursor() as cursor:
        # Every connection of the door is cut: the next batch finds a dead one, and begins again with a new one.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    assert post(port, path, uplink(device, f_cnt=1), Authorization=secret)[0] == 200
    assert Uplink.objects.count() == 2


def test_many_at_once_are_stored_together(port: int) -> None:
    source, secret = make_source(), token()
    devices = [make_thermometer() for _ in range(32)]
    with ThreadPoolExecutor(32) as senders:
        answers = list(
            senders.map(
                lambda device: post(port, f"/ingest/{source.slug}", uplink(device), Authorization=secret), devices
            )
        )
    assert [answer[:2] for answer in answers] == [(200, {"status": "accepted"})] * 32
    assert Uplink.objects.filter(status="accepted").count() == 32


def test_a_flood_of_wrong_tokens_does_not_stop_the_right_one(port: int) -> None:
    source, device, secret = make_source(), make_thermometer(), token()
    path = f"/ingest/{source.slug}"
    assert post(port, path, uplink(device), Authorization=secret)[0] == 200
    with ThreadPoolExecutor(16) as flood:
        wrong = [flood.submit(post, port, path, b"{}", Authorization=f"Bearer pv_{number}") for number in range(200)]
        assert post(port, path, uplink(device, f_cnt=1), Authorization=secret)[0] == 200
        assert {one.result()[0] for one in wrong} <= {401, 429}
    assert Uplink.objects.count() == 2


ACCEPTED = Outcome(status=OutcomeStatus.ACCEPTED)


def message(number: int = 0) -> RawUplink:
    return raw(Source(pk=1, slug="s", server="chirpstack-v4"), b"x" * 100, event=str(number))


def test_batches_are_made_of_what_waits() -> None:
    """The first goes alone, those that come meanwhile go together, none more than the largest batch."""
    batches: list[int] = []
    go = threading.Event()

    def store(batch: Sequence[RawUplink]) -> list[Outcome]:
        go.wait(5)
        batches.append(len(batch))
        return [ACCEPTED] * len(batch)

    async def run() -> list[Outcome]:
        with ThreadPoolExecutor(1) as thread:
            batcher = Batcher(store, thread, most=10)
            sent = [asyncio.create_task(batcher.submit(message())) for _ in range(26)]
            await asyncio.sleep(0.05)
            go.set()
            return await asyncio.gather(*sent)

    assert asyncio.run(run()) == [ACCEPTED] * 26
    assert sum(batches) == 26
    assert max(batches) == 10


@pytest.mark.parametrize("bound", [{"capacity": 3}, {"capacity_bytes": 350}])
def test_the_queue_is_bounded(bound: dict[str, int]) -> None:
    go = threading.Event()

    def store(batch: Sequence[RawUplink]) -> list[Outcome]:
        go.wait(5)
        return [ACCEPTED] * len(batch)

    async def run() -> list[Any]:
        with ThreadPoolExecutor(1) as thread:
            batcher = Batcher(store, thread, most=1, **bound)
            sent = [asyncio.create_task(batcher.submit(message()))]
            await asyncio.sleep(0.02)
            sent += [asyncio.create_task(batcher.submit(message())) for _ in range(5)]
            await asyncio.sleep(0.02)
            go.set()
            return await asyncio.gather(*sent, return_exceptions=True)

    answers = asyncio.run(run())
    assert sum(isinstance(answer, Full) for answer in answers) == 2
    assert answers.count(ACCEPTED) == 4


def test_a_batch_that_fails_is_told_to_each_and_the_next_one_goes() -> None:
    calls: list[int] = []

    def store(batch: Sequence[RawUplink]) -> list[Outcome]:
        calls.append(len(batch))
        if len(calls) == 1:
            raise Unavailable("away")
        return [ACCEPTED] * len(batch)

    async def run() -> list[Any]:
        with ThreadPoolExecutor(1) as thread:
            batcher = Batcher(store, thread)
            first = await asyncio.gather(batcher.submit(message()), return_exceptions=True)
            return [*first, await batcher.submit(message())]

    away, stored = asyncio.run(run())
    assert isinstance(away, Unavailable)
    assert stored == ACCEPTED


def test_saturation_and_the_unforeseen_ask_to_come_back(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    source, secret = make_source(), token()

    errors = [Full(), Unavailable(), KeyError("unforeseen")]

    async def fails(self: Batcher, raw: RawUplink) -> Outcome:
        raise errors.pop()

    monkeypatch.setattr(Batcher, "submit", fails)
    monkeypatch.setattr(door_module.logger, "exception", lambda *_: None)
    while errors:
        status, _, headers = post(port, f"/ingest/{source.slug}", b"{}", Authorization=secret)
        assert (status, headers["retry-after"], headers["content-type"]) == (503, "2", "application/problem+json")
