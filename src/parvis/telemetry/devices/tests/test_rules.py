"""Counters and sessions, mappings, keys: tables of cases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parvis.telemetry.devices.envelopes import ParsedUplink
from parvis.telemetry.devices.mapping import FieldMapping, MappingRefused, parse_mapping
from parvis.telemetry.devices.partitions import day_of
from parvis.telemetry.devices.rules.counters import Counting, counted, joined
from parvis.telemetry.devices.rules.identity import message_key

START = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


JOIN = "join"


@pytest.mark.parametrize(
    ("story", "sessions"),
    [
        # The ordinary life of a device.
        ([(0, 0), (1, 1), (2, 2)], [0, 0, 0]),
        # Delivered again, at its own time: same session, so the same key.
        ([(0, 0), (1, 1), (2, 2), (1, 1)], [0, 0, 0, 0]),
        # Two messages that crossed on the way.
        ([(0, 0), (2, 2), (1, 1), (3, 3)], [0, 0, 0, 0]),
        # A device personalised by hand (ABP) that restarts: the counter goes back, later.
        ([(7, 0), (8, 1), (0, 2), (1, 3)], [0, 0, 1, 1]),
        # What was sent before the restart, delivered again after it.
        ([(7, 0), (8, 1), (0, 2), (8, 1)], [0, 0, 1, 0]),
        # A join makes a new session even when the counter does not go back.
        ([(0, 0), (JOIN, 1), (0, 2), (1, 3)], [0, 1, 1]),
        # The first uplink of a session may be told before its join.
        ([(7, 0), (0, 2), (JOIN, 1), (1, 3)], [0, 1, 1]),
        # A join told twice.
        ([(7, 0), (JOIN, 1), (JOIN, 1), (0, 2), (JOIN, 1), (1, 3)], [0, 1, 1]),
        # Sent twice by the radio with one counter (a confirmed uplink whose answer was lost): one uplink.
        ([(7, 0), (7, 1)], [0, 0]),
        # Without a time, a restart cannot be told from a redelivery.
        ([(7, None), (0, None)], [0, 0]),
    ],
)
def test_sessions(story: list[tuple[Any, float | None]], sessions: list[int]) -> None:
    counting = Counting()
    found = []
    for what, minutes in story:
        if what == JOIN:
            assert minutes is not None
            counting = joined(counting, at(minutes))
        else:
            session, counting = counted(counting, what, None if minutes is None else at(minutes))
            found.append(session)
    assert found == sessions


def uplink(**changes: Any) -> ParsedUplink:
    given = {"dev_eui": "02004d5450000001", "received_at": START, "f_port": 1, "f_cnt": 3, "payload": b"\x01"}
    return ParsedUplink(**{**given, **changes})


def key(session: int = 0, **changes: Any) -> object:
    return message_key(uplink(**changes), session=session, body=b"the body")


def test_one_uplink_has_one_key_by_whatever_way_it_comes() -> None:
    assert key() == key(received_at=at(1), rssi=-80.0)
    assert key(message_id="a") == key(message_id="a", f_cnt=9)


@pytest.mark.parametrize(
    "changes",
    [{"f_cnt": 4}, {"payload": b"\x02"}, {"dev_eui": "02004d5450000002"}, {"session": "other"}, {"message_id": "a"}],
)
def test_two_uplinks_have_two_keys(changes: dict[str, Any]) -> None:
    assert key() != key(**changes)
    assert key(message_id="a") != key(message_id="b")
    assert key(session=0) != key(session=1)


@pytest.mark.parametrize(
    ("row", "decoded", "value"),
    [
        ({"field": "t"}, {"t": 214}, 214),
        ({"field": "t", "scale": 0.1}, {"t": 214}, 21.4),
        # Binary fractions do not show.
        ({"field": "t", "scale": 0.1, "offset": -40}, {"t": 613}, 21.3),
        ({"field": "a.1.t"}, {"a": [{"t": 1}, {"t": 2}]}, 2),
        # A boolean and a text have no scale.
        ({"field": "on", "scale": 10}, {"on": True}, True),
        ({"field": "s", "scale": 10}, {"s": "open"}, "open"),
        # Absent, null (NaN in JavaScript), not a simple value, beyond the list.
        ({"field": "t"}, {}, None),
        ({"field": "t"}, {"t": None}, None),
        ({"field": "t"}, {"t": {"x": 1}}, None),
        ({"field": "a.5"}, {"a": [1]}, None),
        ({"field": "a.b.c"}, {"a": 5}, None),
    ],
)
def test_fields_are_read(row: dict[str, Any], decoded: dict[str, Any], value: Any) -> None:
    (mapping,) = parse_mapping([{"attribute": "temperature", **row}])
    read = mapping.read(decoded)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("temperature", "liste"),
        ([5], "Ligne 1"),
        ([{"attribute": "a"}], "Ligne 1 : le champ décodé"),
        ([{"field": "a..b", "attribute": "a"}], "champ décodé"),
        ([{"field": "a", "attribute": "id"}], "NGSI-LD"),
        ([{"field": "a", "attribute": "température !"}], "NGSI-LD"),
        ([{"field": "a", "attribute": "a", "unit_code": "XXX"}], "XXX"),
        ([{"field": "a", "attribute": "a", "scale": 0}], "échelle"),
        ([{"field": "a", "attribute": "a", "scale": float("nan")}], "échelle"),
        ([{"field": "a", "attribute": "a", "offset": "1"}], "échelle"),
        ([{"field": "a", "attribute": "x"}, {"field": "b", "attribute": "x"}], "Ligne 2 : l’attribut « x »"),
    ],
)
def test_mappings_are_refused_by_line(rows: Any, words: str) -> None:
    with pytest.raises(MappingRefused) as told:
        parse_mapping(rows)
    assert words in str(told.value)


def test_mapping_keeps_what_it_is_given() -> None:
    row = {"field": "t", "attribute": "temperature", "unit_code": "CEL", "scale": 0.1, "offset": -40.0}
    assert parse_mapping([row]) == (FieldMapping(**row),)


@pytest.mark.parametrize(
    ("sent_at", "day"),
    [
        # The network's day, even when the message arrives the day after.
        (START - timedelta(hours=12), "2026-02-28"),
        # No time, or one whose table cannot exist: the day of arrival.
        (None, "2026-03-01"),
        (START - timedelta(days=40), "2026-03-01"),
        (START + timedelta(days=2), "2026-03-01"),
        (datetime(1970, 1, 1, tzinfo=UTC), "2026-03-01"),
    ],
)
def test_tables(sent_at: datetime | None, day: str) -> None:
    assert str(day_of(sent_at, START)) == day
