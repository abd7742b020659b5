"""Days go to the lake, and nobody who reads the past sees a difference."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db import connection

from parvis.telemetry.context.tests.factories import make_entity
from parvis.telemetry.history import reading
from parvis.telemetry.history.jobs import compact_lake
from parvis.telemetry.history.lake.compaction import AnotherWriter, compact, only_writer
from parvis.telemetry.history.lake.models import LakeFile
from parvis.telemetry.history.lake.paths import third_of
from parvis.telemetry.history.lake.rewriting import Step
from parvis.telemetry.history.selectors import series
from parvis.telemetry.history.tests.lake import (
    NOW,
    attribute,
    day_before,
    lines_of_lake,
    observe,
    rows_in_postgresql,
    shape,
    whole_past,
)


def things(count: int = 3):
    return [make_entity(f"Thing-{number}") for number in range(count)]


def test_old_days_become_files_and_recent_ones_stay(lake: Path):
    some = things()
    for days in (1, 3, 4, 5):
        observe(some, day_before(days))
    before = whole_past(some)
    report = compact(NOW)
    assert [(file.first_day, file.rows) for file in report.files] == [(day_before(5), 144), (day_before(4), 144)]
    assert {key[2].date() for key in rows_in_postgresql()} == {day_before(1), day_before(3)}
    assert len(lines_of_lake(some)) == 288
    assert whole_past(some) == before


def test_nothing_due_changes_nothing(lake: Path):
    observe(things(), day_before(5))
    compact(NOW)
    assert compact(NOW).files == []


def test_days_of_a_past_month_become_one_file(lake: Path):
    some = things()
    for days in (30, 31, 32, 33):
        observe(some, day_before(days))
    before = whole_past(some)
    compact(NOW)
    [month] = LakeFile.objects.active()
    assert (month.first_day.isoformat(), month.last_day.isoformat()) == ("2026-10-01", "2026-10-31")
    assert month.rows == 4 * 144
    assert whole_past(some) == before


def test_until_a_month_is_over_its_days_are_put_together_by_thirds(lake: Path):
    some = things()
    for days in (6, 7, 13, 14, 15):  # 16 and 15 November; 9, 8 and 7
        observe(some, day_before(days))
    before = whole_past(some)
    compact(NOW)
    assert [(file.first_day.day, file.last_day.day) for file in LakeFile.objects.active()] == [
        (1, 10),
        (15, 15),
        (16, 16),
    ]
    assert whole_past(some) == before
    compact(NOW + timedelta(days=5))
    assert [file.first_day.day for file in LakeFile.objects.active()] == [1, 11]
    observe(some[:1], day_before(17))  # a day the first file answers for without holding any of it
    before = whole_past(some)
    compact(NOW + timedelta(days=15), merge_all=True)
    [month] = LakeFile.objects.active()
    assert month.rows == 5 * 144 + 48
    assert whole_past(some) == before


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-11-01", 1, 10),
        ("2026-11-10", 1, 10),
        ("2026-11-11", 11, 20),
        ("2026-11-30", 21, 30),
        ("2026-10-31", 21, 31),
        ("2027-02-21", 21, 28),
    ],
)
def test_a_month_has_three_thirds(day: str, first: int, last: int):
    given = date.fromisoformat(day)
    assert third_of(given) == (given.replace(day=first), given.replace(day=last))


def test_late_rows_and_corrections_win_and_join_the_file_of_their_day(lake: Path):
    some = things()
    observe(some, day_before(5))
    compact(NOW)
    observe(some[:1], day_before(5), per_day=8, value=50)  # 8 of 24 replaced
    late = make_entity("Latecomer")
    observe([late], day_before(5))
    everyone = [*some, late]
    before = whole_past(everyone)
    assert len(before) == 4 * 48
    compact(NOW)
    assert rows_in_postgresql() == {}
    assert whole_past(everyone) == before
    assert max(row[2] for row in before.values() if row[2]) > 50


def test_an_erased_row_hides_a_line_then_removes_it(lake: Path):
    [thing] = things(1)
    observe([thing], day_before(5))
    compact(NOW)
    observe([thing], day_before(5), names=["level"], per_day=1, shape_id=shape('{"erased":true}'))
    assert len(whole_past([thing])) == 47
    compact(NOW)
    assert rows_in_postgresql() == {}
    assert len(lines_of_lake([thing])) == 47


def test_a_few_late_rows_of_a_month_wait_until_they_are_many_or_old(lake: Path):
    some = things()
    for days in (30, 31, 32, 33):
        observe(some, day_before(days), per_day=96)
    compact(NOW)
    observe(some[:1], day_before(31), per_day=2, value=7, written=NOW)
    before = whole_past(some)
    assert compact(NOW + timedelta(days=1)).files == []
    assert whole_past(some) == before
    assert len(compact(NOW + timedelta(days=8)).files) == 1
    assert rows_in_postgresql() == {}
    assert whole_past(some) == before


def test_rows_that_were_all_deleted_leave_no_file(lake: Path):
    some = things()
    observe(some, day_before(5))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM history_observation")
    assert compact(NOW).files == []
    assert not LakeFile.objects.exists()
    assert list(lake.rglob("*.parquet")) == []


def test_files_are_sorted_readable_by_all_engines_and_tell_what_they_hold(lake: Path):
    lamps = [make_entity(f"Lamp-{number}", type="Streetlight") for number in range(2)]
    parks = [make_entity("Park", type="OffStreetParking")]
    observe(lamps + parks, day_before(5))
    [file] = compact(NOW).files
    path = str(lake / file.path)
    lines = duckdb.sql(
        f"SELECT type, entity_id, attribute_id, epoch_us(observed_at) FROM read_parquet('{path}')"
    ).fetchall()
    assert lines == sorted(lines)
    assert [entry[:4] for entry in file.contents] == [
        [0, "OffStreetParking", "level", 24],
        [0, "OffStreetParking", "state", 24],
        [0, "Streetlight", "level", 48],
        [0, "Streetlight", "state", 48],
    ]
    encodings = {row[0] for row in duckdb.sql(f"SELECT encodings FROM parquet_metadata('{path}')").fetchall()}
    assert not any("BYTE_STREAM_SPLIT" in encoding for encoding in encodings)  # Spark 4.0 cannot read it


def test_one_writer_at_a_time(lake: Path):
    import threading

    refused = []

    def second() -> None:
        try:
            compact(NOW)
        except AnotherWriter:
            refused.append(True)
        finally:
            connection.close()

    with only_writer():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert refused == [True]
    compact(NOW)


def test_curves_are_drawn_from_both(lake: Path):
    [thing] = things(1)
    for days in (1, 5, 6):
        observe([thing], day_before(days), names=["level"])
    start = NOW - timedelta(days=10)
    before = series(thing.pk, "level", start, NOW)
    assert len(before) == 72
    compact(NOW)
    assert series(thing.pk, "level", start, NOW) == before
    observe([thing], day_before(5), names=["level"], per_day=1, shape_id=shape('{"erased":true}'))
    observe([thing], day_before(6), names=["level"], per_day=1, value=99)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE history_observation SET value = NULL WHERE shape_id = %s", [shape('{"erased":true}')])
    after = series(thing.pk, "level", start, NOW)
    assert len(after) == 71
    assert max(value for _at, value in after) == 99
    assert after == sorted(after)


def test_a_day_that_moves_while_it_is_read_is_seen_once(lake: Path, monkeypatch: pytest.MonkeyPatch):
    [thing] = things(1)
    observe([thing], day_before(5), names=["level"])
    cold = reading._cold

    def late(*given: Any) -> Any:
        compact(NOW)
        return cold(*given)

    monkeypatch.setattr(reading, "_cold", late)
    one = reading.Series(thing.pk, attribute("level"))
    found = reading.observations([one], reading.Interval(), most=1000)
    assert rows_in_postgresql() == {}
    assert len(found[one]) == 24


def test_the_job_archives_but_not_on_an_open_broker(lake: Path, settings: Any):
    observe(things(1), day_before(5))
    settings.PARVIS_OPEN_BROKER = True
    assert compact_lake(NOW) is None
    settings.PARVIS_OPEN_BROKER = False
    assert [file.rows for file in compact_lake(NOW).files] == [48]


@pytest.mark.parametrize("times", [1, 2])
def test_rows_that_come_and_go_while_a_day_is_archived_are_not_lost(lake: Path, times: int):
    """Twice changed under its export, the day is archived under a lock."""
    some = things()
    observe(some, day_before(5))
    changes = iter(range(times))

    def change(step: Step) -> None:
        number = next(changes, None) if step is Step.EXPORTED else None
        if number is not None:
            observe(some[:1], day_before(5), per_day=7, value=number + 10)
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM history_observation WHERE entity_id = %s", [some[number + 1].pk])

    [file] = compact(NOW, watch=change).files
    assert rows_in_postgresql() == {}
    assert file.rows == 48 * (3 - times) + 2 * 6  # seven instants of the day, of which midnight was there already
    assert {key[0] for key in lines_of_lake(some)} == {thing.pk for thing in (some[0], *some[times + 1 :])}
    assert [path.name for path in lake.rglob("*.parquet")] == [Path(file.path).name]
