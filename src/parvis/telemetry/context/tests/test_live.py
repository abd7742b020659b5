"""Server-sent events: what a commit changes reaches the browsers that may know of it, and no one waits for the slow."""

import asyncio
import json
import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from parvis.foundations.identity.rights import Reach, Scope
from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.telemetry.context import doors
from parvis.telemetry.context.live import News, _Browser, concerns
from parvis.telemetry.context.services import apply_readings
from parvis.telemetry.context.tests.factories import NOW, make_entity, reading
from parvis.telemetry.context.tests.serving import Site, next_event, served


@pytest.fixture
def site() -> Iterator[Site]:
    with served(doors) as site:
        yield site


def session(organisation: Organisation | None = None) -> str:
    return sign_in(Client(), make_agent("context.view", organisation=organisation)).session.session_key


@pytest.mark.django_db(transaction=True)
def test_changes_of_a_moment_make_one_event(site):
    first, second = make_entity(), make_entity()
    stream = site.get("/live/things", session=session())
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    started = time.monotonic()
    apply_readings([reading(first)], now=NOW)
    apply_readings([reading(second), reading(first, 2, after_s=1)], now=NOW)
    name, data = next_event(stream)
    assert (name, json.loads(data)) == ("things", {"id": [first.pk, second.pk], "state": [4, 4]})
    assert time.monotonic() - started < 1


@pytest.mark.django_db(transaction=True)
def test_each_hears_only_of_what_it_may_see(site):
    mine = Organisation.objects.create(kind=Kind.OPERATOR, name="M", short_name="M", slug="m")
    foreign, own = make_entity(), make_entity(organisation_id=mine.pk)
    limited, whole = site.get("/live/things", session=session(mine)), site.get("/live/things", session=session())
    apply_readings([reading(foreign), reading(own)], now=NOW)
    assert json.loads(next_event(whole)[1])["id"] == [foreign.pk, own.pk]
    assert json.loads(next_event(limited)[1])["id"] == [own.pk]


@pytest.mark.django_db(transaction=True)
def test_what_was_missed_while_the_database_was_away_is_made_good(site, caplog):
    stream = site.get("/live/things", session=session())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'parvis-listen'"
        )
    assert next_event(stream)[0] == "resync"
    thing = make_entity()
    apply_readings([reading(thing)], now=NOW)
    while (event := next_event(stream))[0] == "resync":
        pass
    assert json.loads(event[1])["id"] == [thing.pk]


@pytest.mark.django_db(transaction=True)
def test_what_happened_between_the_reading_and_the_listening_is_told(monkeypatch):
    thing = make_entity()
    with served(doors, memory_s=30.0) as site:
        assert next_event(site.get("/live/things", session=session()))[0] == "resync"  # it has not listened for so long
        monkeypatch.setattr(doors.live, "_complete_since", 0.0)
        apply_readings([reading(thing)], now=NOW)
        deadline = time.monotonic() + 5
        while not doors.live._recent:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        name, data = next_event(site.get("/live/things", session=session()))
        assert (name, json.loads(data)["id"]) == ("things", [thing.pk])


@pytest.mark.django_db(transaction=True)
def test_a_load_makes_maps_read_all_again(site):
    stream = site.get("/live/things", session=session())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('parvis_changes', '*')")
    assert next_event(stream)[0] == "resync"


def test_a_browser_that_does_not_read_is_told_to_start_again():
    async def fill() -> list[bytes | None]:
        browser = _Browser(Scope(reaches=()))
        for number in range(1000):
            browser.tell(str(number).encode())
        return [browser.waiting.get_nowait() for _ in range(browser.waiting.qsize())]

    waiting = asyncio.run(fill())
    assert len(waiting) <= 32
    assert waiting[0].startswith(b"event: resync")


@pytest.mark.parametrize(
    ("reaches", "heard"),
    [
        ([Reach(organisations=None, areas=None)], True),
        ([Reach(organisations=frozenset({1}), areas=None)], True),
        ([Reach(organisations=frozenset({2}), areas=None)], False),
        ([Reach(organisations=None, areas=frozenset({"21231"}))], True),
        ([Reach(organisations=frozenset({1}), areas=frozenset({"21000"}))], False),  # both must hold
        (
            [Reach(organisations=frozenset({2}), areas=None), Reach(organisations=None, areas=frozenset({"21231"}))],
            True,
        ),
        ([], False),
    ],
)
def test_news_concerns_who_has_the_right_there(reaches, heard):
    assert concerns(Scope(reaches=tuple(reaches)), News(organisation_id=1, area_code="21231", item=None)) is heard
