"""What a query may cost: statements of a page, time, and values that begin to be kept for it."""

import json
import threading
from typing import Any

import psycopg
import pytest
from pytest_django.fixtures import Settings

from parvis.kernel.sql import connection_parameters, hot_cursor
from parvis.telemetry.context.broker.testing import Told, ask
from parvis.telemetry.context.federation import index
from parvis.telemetry.context.models import AskedPath
from parvis.telemetry.context.query import asked, finding, ordering, planning, rows, searching
from parvis.telemetry.context.query.asked import Key, Wish, forget_unasked, keep, wishes
from parvis.telemetry.context.query.entities import EntityQuery, Selector
from parvis.telemetry.context.query.q import parsed
from parvis.telemetry.context.query.types import type_selection
from parvis.telemetry.context.tests.querying import NOW, PlainNames

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


@pytest.fixture(autouse=True)
def _open(settings: Settings) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    index.forget()


def create(count: int) -> None:
    lamps = [
        {
            "id": f"urn:l:{number:03}",
            "type": "Lamp",
            "power": number,
            "on": {"type": "Relationship", "object": f"urn:p:{number}"},
        }
        for number in range(count)
    ]
    poles = [{"id": f"urn:p:{number}", "type": "Pole", "height": number} for number in range(count)]
    assert ask("POST", "/entityOperations/create", lamps + poles).status == 201


def query(**parameters: str) -> Told:
    return ask("GET", "/entities", query=parameters)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Those of psycopg, Django's among them; transactions are not."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def counted(self: Any, text: Any, *more: Any, **named: Any) -> Any:
        sent.append(str(text))
        return execute(self, text, *more, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    return sent


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("parameters", "most"),
    [
        ({"type": "Lamp"}, 4),
        ({"type": "Lamp", "q": "power>=0"}, 5),
        ({"type": "Lamp", "q": "power>=0", "count": "true"}, 6),
        ({"type": "Lamp", "join": "inline"}, 5),
        ({"type": "Lamp", "join": "flat", "q": "on{height}>=0"}, 6),
        ({"type": "Lamp", "orderBy": "power;desc"}, 4),
        ({"georel": "disjoint", "geometry": "Point", "coordinates": "[1,2]"}, 4),
    ],
)
def test_statements_do_not_grow_with_the_page(parameters: dict[str, str], most: int, statements: list[str]) -> None:
    create(20)
    for limit in ("1", "20"):
        statements.clear()
        assert query(limit=limit, **parameters).status == 200
        assert len(statements) <= most, statements


@pytest.mark.django_db
def test_a_statement_that_takes_long_is_a_query_too_complex(monkeypatch: pytest.MonkeyPatch) -> None:
    create(1)

    def slowly(*more: Any, **named: Any) -> None:
        with hot_cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")

    monkeypatch.setattr(finding, "STATEMENT_S", 0.05)
    monkeypatch.setattr(rows, "following", slowly)
    told = query(type="Lamp")
    assert (told.status, told.json["type"]) == (403, ERRORS + "TooComplexQuery")


@pytest.mark.django_db
def test_comparing_for_long_is_a_query_too_complex(monkeypatch: pytest.MonkeyPatch) -> None:
    create(3)
    monkeypatch.setattr(searching, "WALK_S", -1)
    told = query(type="Lamp", q="power>5", count="true")
    assert (told.status, told.json["type"]) == (403, ERRORS + "TooComplexQuery")


@pytest.mark.django_db
def test_ordering_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    create(3)
    monkeypatch.setattr(finding, "MOST_ORDERED", 2)
    told = query(type="Lamp", orderBy="power")
    assert (told.status, told.json["type"]) == (403, ERRORS + "TooManyResults")
    assert ordering.ordering([], None) is None  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_slow_query_of_many_things_wishes_for_values(monkeypatch: pytest.MonkeyPatch) -> None:
    create(5)
    wished: list[Wish] = []
    monkeypatch.setattr(wishes, "add", wished.extend)
    monkeypatch.setattr(searching, "SLOW_S", 0)
    query(type="Lamp", q="power>1")
    assert wished == [], "few"
    monkeypatch.setattr(asked, "MANY_THINGS", 5)
    query(type="Lamp", q="power>=0", limit="1")
    assert [wish.key.attribute for wish in wished] == ["power"], "the page is full before all is read"
    wished.clear()
    query(type="Lamp", q="power>1|volume", scopeQ="/A/#")
    assert [(wish.type, wish.key.attribute) for wish in wished] == [
        ("Lamp", "power"),
        ("Lamp", "volume"),
        ("Lamp", "scope"),
    ]
    wished.clear()
    for wish in (Wish(0, "Lamp", Key("power", '$."power"[*]')), Wish(0, "Lamp", Key("scope", '$."scope"[*]'))):
        assert keep(wish, now=NOW)
    query(type="Lamp", q="power>1", scopeQ="/A/#")
    query(type="Lamp", q='on{height}>1;id=="urn:l:1"', join="inline")
    assert wished == []


@pytest.mark.django_db
def test_paths_make_room_and_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    create(3)
    monkeypatch.setattr(asked, "MOST_PATHS", 1)
    power, other = (Wish(0, "Lamp", Key(name, f'$."{name}"[*]')) for name in ("power", "on"))
    assert keep(power, now=NOW)
    assert not keep(other, now=NOW), "the other is young"
    AskedPath.objects.update(asked_at=NOW.replace(month=10))
    assert forget_unasked(NOW) == 1 and not AskedPath.objects.exists()
    assert keep(power, now=NOW.replace(month=10))
    assert keep(other, now=NOW)
    assert AskedPath.objects.get().attribute == "on"
    with hot_cursor() as cursor:
        cursor.execute("SELECT text FROM context_value ORDER BY text")
        assert [text for (text,) in cursor] == ["urn:p:0", "urn:p:1", "urn:p:2"]


@pytest.mark.django_db(transaction=True)
def test_wishes_are_fulfilled_beside_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a thread of its own; writers before it are waited for, and none is missed."""
    with hot_cursor() as cursor:
        for number in range(3):
            cursor.execute(
                "INSERT INTO context_entity (tenant_id, urn, type, more_types, scopes, attributes, area_code, state, search, synthetic,"
                " source, created_at, modified_at) VALUES (0, %s, 'Lamp', '{}', '{}', %s, '', 0, '', true, '', %s, %s)",
                [f"urn:l:00{number}", json.dumps({"power": {"type": "Property", "value": number}}), NOW, NOW],
            )
    held = threading.Event()
    done = asked.Wishes()
    wish = Wish(0, "Lamp", Key("power", '$."power"[*]'))
    with psycopg.connect(**connection_parameters()) as writer:
        writer.execute(
            "UPDATE context_entity SET attributes = jsonb_set(attributes, '{power,value}', '77') WHERE urn = 'urn:l:000'"
        )
        monkeypatch.setattr(asked, "_LOCK_WAIT", "20s")
        done.add([wish])
        held.wait(0.3)
        assert not AskedPath.objects.exists(), "it waits for the writer"
        writer.commit()
    thread = done._thread
    if thread is not None:
        thread.join(20)
    with hot_cursor() as cursor:
        cursor.execute("SELECT number FROM context_value ORDER BY number")
        assert [number for (number,) in cursor] == [1, 2, 77]
    assert planning.planned(power_of_lamps(), 0, now=NOW).covered


def power_of_lamps() -> EntityQuery:
    return EntityQuery(q=parsed("power>5", PlainNames()), selectors=(Selector(types=type_selection("Lamp", str)),))
