"""What must go, goes: past its term, forgotten, erased on request; from PostgreSQL, from what readers see, from the files."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from parvis.foundations.audit.models import Entry
from parvis.telemetry.context.tests.factories import make_entity
from parvis.telemetry.history.jobs import drop_old_partitions
from parvis.telemetry.history.lake import files
from parvis.telemetry.history.lake.compaction import compact
from parvis.telemetry.history.lake.forgetting import forget
from parvis.telemetry.history.lake.models import Forgotten, KeepRule, LakeFile
from parvis.telemetry.history.lake.reading import read, series
from parvis.telemetry.history.lake.services import TermRefused, UnknownHistory, erase, set_term
from parvis.telemetry.history.lake.terms import Terms
from parvis.telemetry.history.lake.verification import faults
from parvis.telemetry.history.tests.lake import (
    NOW,
    attribute,
    day_before,
    lines_of_lake,
    observe,
    rows_in_postgresql,
    whole_past,
)

ACTOR = "urn:ngsi-ld:Person:test"
LATER = NOW + timedelta(hours=1)


def in_files(lake: Path, condition: str) -> int:
    """Lines on the disk, whether listed, hidden or not."""
    paths = [str(path) for path in lake.rglob("*.parquet") if path.parent.name != "orphans"]
    return duckdb.sql(f"SELECT count(*) FROM read_parquet({paths}) WHERE {condition}").fetchall()[0][0]


def test_what_is_forgotten_is_hidden_at_once_and_leaves_the_files_later(lake: Path):
    kept, gone = make_entity("Kept"), make_entity("Gone")
    for days in (2, 5, 6):
        observe([kept, gone], day_before(days))
    compact(NOW)
    forget(entity_id=gone.pk, now=LATER)
    assert {key[0] for key in whole_past([kept, gone])} == {kept.pk}
    assert series([kept.pk, gone.pk]) and all(pair[0] == kept.pk for pair in series([kept.pk, gone.pk]))
    assert in_files(lake, f"entity_id = {gone.pk}") == 96
    report = compact(LATER)
    assert report.replaced == 2
    assert not Forgotten.objects.exists()
    assert len(lines_of_lake([kept])) == 96
    files.sweep(LATER + 2 * files.GRACE)
    assert in_files(lake, f"entity_id = {gone.pk}") == 0


def test_what_is_observed_after_something_was_forgotten_is_seen(lake: Path):
    thing = make_entity("Thing")
    observe([thing], day_before(5))
    compact(NOW)
    forget(entity_id=thing.pk, attribute_ids=[attribute("level")], now=LATER)
    observe([thing], day_before(5), names=["level"], per_day=3, written=LATER + timedelta(seconds=1))
    before = whole_past([thing])
    assert len(before) == 24 + 3
    compact(LATER + timedelta(hours=1))
    assert rows_in_postgresql() == {}
    assert whole_past([thing]) == before


def test_a_thing_can_be_erased_from_the_files_at_once(lake: Path):
    kept, gone = make_entity("urn:ngsi-ld:Thing:kept"), make_entity("urn:ngsi-ld:Thing:gone")
    for days in (1, 5, 30, 31):
        observe([kept, gone], day_before(days))
    compact(NOW)
    erase(urn=gone.urn, actor=ACTOR, now=LATER)
    assert {key[0] for key in whole_past([kept, gone])} == {kept.pk}
    assert list(faults()) == []
    files.sweep(LATER + 2 * files.GRACE)
    assert in_files(lake, f"entity_id = {gone.pk}") == 0
    entry = Entry.objects.get(action="history.erased")
    assert (entry.urn, entry.actor) == (gone.urn, ACTOR)


def test_an_attribute_can_be_erased_of_one_thing_or_of_all(lake: Path):
    one, other = make_entity("urn:ngsi-ld:Thing:one"), make_entity("urn:ngsi-ld:Thing:other")
    observe([one, other], day_before(5))
    compact(NOW)
    erase(urn=one.urn, attribute="state", actor=ACTOR, now=LATER)
    assert len(lines_of_lake([one])) == 24
    assert len(lines_of_lake([other])) == 48
    erase(attribute="state", actor=ACTOR, now=LATER + timedelta(hours=1))
    assert len(lines_of_lake([other])) == 24


@pytest.mark.django_db
def test_erasing_what_was_never_observed_is_refused():
    for wrong in ({"urn": "urn:ngsi-ld:Thing:unknown"}, {"attribute": "neverObserved"}, {}):
        with pytest.raises(UnknownHistory):
            erase(**wrong, actor=ACTOR, now=NOW)


TERMS = Terms(
    today=NOW.date(),
    rest=400,
    rules={("Streetlight", "power"): 1000, ("", "plate"): 2, ("Camera", ""): 10, ("Camera", "plate"): 3},
)


@pytest.mark.parametrize(
    ("entity_type", "name", "days"),
    [
        ("Bin", "level", 400),  # no rule
        ("Streetlight", "power", 1000),  # its own
        ("Streetlight", "plate", 2),  # of the attribute
        ("Camera", "level", 10),  # of the type
        ("Camera", "plate", 3),  # both, before either
    ],
)
def test_the_rule_that_names_most_wins(entity_type: str, name: str, days: int):
    assert TERMS.first_day(entity_type, name) == NOW.date() - timedelta(days=days)
    row = f"(SELECT '{entity_type}' AS type, '{name}' AS attribute, TIMESTAMPTZ '{{}} 00:00:00+00' AS observed_at)"
    for shift, kept in ((0, 1), (1, 0)):
        day = NOW.date() - timedelta(days=days + shift)
        [(found,)] = duckdb.sql(f"SELECT count(*) FROM {row.format(day)} WHERE {TERMS.condition()}").fetchall()
        assert found == kept


def test_each_attribute_leaves_at_its_own_term(lake: Path):
    thing = make_entity("Camera-1", type="Camera")
    set_term(entity_type="Camera", attribute="state", keep_days=2, actor=ACTOR, now=NOW)
    for days in (1, 3, 5):
        observe([thing], day_before(days))
    compact(NOW)  # also the third day, which is past the shortest term
    assert {key[1] for key in lines_of_lake([thing])} == {attribute("level")}
    assert len(lines_of_lake([thing])) == 48
    assert len(rows_in_postgresql()) == 48
    assert Entry.objects.filter(action="history.term_set").count() == 1


def test_a_term_made_shorter_empties_the_files(lake: Path):
    thing = make_entity("Camera-1", type="Camera")
    for days in (30, 31, 40):
        observe([thing], day_before(days))
    compact(NOW)
    KeepRule.objects.create(entity_type="Camera", keep_days=35)
    compact(NOW)  # the fortieth day alone is past its term, by five days: it waits for others
    assert len(lines_of_lake([thing])) == 3 * 48
    compact(NOW + timedelta(days=3))
    assert len(lines_of_lake([thing])) == 2 * 48
    compact(NOW + timedelta(days=30))
    assert not LakeFile.objects.active().exists()


def test_tables_past_the_longest_term_are_dropped(lake: Path):
    from parvis.telemetry.history.partitions import partition_days

    thing = make_entity("Thing")
    KeepRule.objects.create(entity_type="Streetlight", keep_days=450)
    for days in (395, 430, 460):
        observe([thing], day_before(days))
    drop_old_partitions(NOW)
    assert min(partition_days()) == day_before(430)


@pytest.mark.django_db
def test_a_term_names_something_and_lasts_a_day():
    for wrong in (
        {"entity_type": "", "attribute": "", "keep_days": 3},
        {"entity_type": "A", "attribute": "", "keep_days": 0},
    ):
        with pytest.raises(TermRefused):
            set_term(**wrong, actor=ACTOR, now=NOW)
    set_term(entity_type="A", attribute="", keep_days=3, actor=ACTOR, now=NOW)
    set_term(entity_type="A", attribute="", keep_days=None, actor=ACTOR, now=NOW)
    assert not KeepRule.objects.exists()


def test_the_lake_is_read_by_thing_attribute_and_time(lake: Path):
    some = [make_entity(f"Thing-{number}") for number in range(3)]
    for days in (5, 6, 7):
        observe(some, day_before(days))
    compact(NOW)
    start = NOW - timedelta(days=6)
    rows = read([some[0].pk, some[2].pk], [attribute("level")], start, start + timedelta(days=1))
    assert {row[0] for row in rows} == {some[0].pk, some[2].pk}
    assert len(rows) == 48
    assert rows == sorted(rows, key=lambda row: (row[0], row[1], row[3]))
    assert all(start <= row[3] < start + timedelta(days=1) for row in rows)
    written = read([some[0].pk], None, start, start + timedelta(days=1), when_written=True)
    assert len(written) == 48
    assert read([], None) == read([some[0].pk], []) == read([10**9], None) == []


def test_a_file_that_left_the_lake_stays_for_those_who_read_it(lake: Path):
    thing = make_entity("Thing")
    observe([thing], day_before(5))
    [first] = compact(NOW).files
    observe([thing], day_before(5), value=3)
    compact(NOW)
    assert (lake / first.path).exists()
    files.sweep(NOW + files.GRACE / 2)
    assert (lake / first.path).exists()
    files.sweep(NOW + files.GRACE * 2)
    assert not (lake / first.path).exists()


def test_damage_is_found(lake: Path):
    thing = make_entity("Thing")
    for days in (5, 6, 7):
        observe([thing], day_before(days))
    compact(NOW)
    one, other, _third = LakeFile.objects.active()
    (lake / one.path).unlink()
    (lake / other.path).write_bytes((lake / other.path).read_bytes()[:-1] + b"X")
    (lake / "2026/11/2026-11-01-stranger.parquet").write_bytes(b"")
    assert sorted(fault.rpartition(": ")[2] for fault in faults()) == [
        "is missing",
        "is not what was written",
        "nobody listed it; the next compaction sets it aside",
    ]
