"""Every way to tamper with the journal is found, and the first bad entry named. Triggers are off: this is who owns the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from parvis.foundations.audit import services
from parvis.foundations.audit.anchors import BrokenAnchor, anchor_file, read_anchors, write_anchor
from parvis.foundations.audit.models import Entry
from parvis.foundations.audit.rules import Fault, FaultKind
from parvis.foundations.audit.tests.factories import NOW, seal, write

pytestmark = pytest.mark.django_db

ROWS = 7
RESEAL = """
    DO $$
    DECLARE entry audit_entry%ROWTYPE; previous bytea := decode(repeat('00', 32), 'hex'); place bigint := 0;
    BEGIN
        FOR entry IN SELECT * FROM audit_entry ORDER BY position LOOP
            place := place + 1;
            previous := sha256(previous || audit_canonical(place, entry.at, entry.actor, entry.action, entry.urn,
                entry."right", entry.organisation, entry.details));
            UPDATE audit_entry SET position = place, hash = previous WHERE id = entry.id;
        END LOOP;
        UPDATE audit_head SET position = place, hash = previous;
    END $$
"""
"""What a forger who knows the code would do after tampering: the whole chain again, and the head with it."""
SEALED = 'INSERT INTO audit_entry (position, hash, at, actor, action, urn, "right", organisation, details) '


@contextmanager
def triggers_off() -> Iterator[Callable[[str], None]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor.execute
        cursor.execute("SET LOCAL session_replication_role = origin")


def tamper(*statements: str) -> Fault | None:
    for number in range(ROWS):
        write(action=f"action.{number + 1}")
    seal()
    assert services.verify().fault is None
    with triggers_off() as execute:
        for statement in statements:
            execute(statement)
    return services.verify().fault


@pytest.mark.parametrize("column", ["actor", "action", "urn", '"right"', "organisation", "details"])
def test_an_altered_column_is_found(column: str) -> None:
    fault = tamper(f"UPDATE audit_entry SET {column} = 'x' WHERE position = 4")
    assert fault is not None
    assert (fault.kind, fault.position, fault.at) == (FaultKind.MISMATCH, 4, NOW)


def test_an_altered_date_is_found_to_the_microsecond() -> None:
    fault = tamper("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE position = 4")
    assert fault is not None
    assert (fault.kind, fault.position) == (FaultKind.MISMATCH, 4)


def test_text_moved_from_one_column_to_the_next_is_found() -> None:
    """`ab` + `c` is not `a` + `bc`."""
    fault = tamper(
        "UPDATE audit_entry SET actor = actor || left(action, 1), action = substr(action, 2) WHERE position = 4"
    )
    assert fault is not None
    assert (fault.kind, fault.position) == (FaultKind.MISMATCH, 4)


def test_an_altered_hash_is_found() -> None:
    fault = tamper("UPDATE audit_entry SET hash = sha256('x') WHERE position = 4")
    assert fault == Fault(kind=FaultKind.MISMATCH, position=4, at=NOW, action="action.4")


def test_an_altered_row_with_its_own_hash_made_again_is_found_at_the_next() -> None:
    fault = tamper(
        "UPDATE audit_entry SET actor = 'x' WHERE position = 4",
        "UPDATE audit_entry AS e SET hash = sha256((SELECT hash FROM audit_entry WHERE position = 3) || audit_canonical("
        'e.position, e.at, e.actor, e.action, e.urn, e."right", e.organisation, e.details)) WHERE position = 4',
    )
    assert fault == Fault(kind=FaultKind.MISMATCH, position=5, at=NOW, action="action.5")


def test_a_row_removed_in_the_middle_is_found() -> None:
    fault = tamper("DELETE FROM audit_entry WHERE position = 4")
    assert fault == Fault(kind=FaultKind.MISSING, position=4, at=NOW, action="action.5")


def test_a_row_removed_at_the_beginning_is_found() -> None:
    fault = tamper("DELETE FROM audit_entry WHERE position = 1")
    assert fault == Fault(kind=FaultKind.MISSING, position=1, at=NOW, action="action.2")


def test_a_row_removed_and_the_others_renumbered_is_found() -> None:
    fault = tamper(
        "DELETE FROM audit_entry WHERE position = 4",
        "ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_position_once",
        "UPDATE audit_entry SET position = position - 1 WHERE position > 4",
    )
    assert fault == Fault(kind=FaultKind.MISMATCH, position=4, at=NOW, action="action.5")


def test_rows_removed_at_the_end_are_found() -> None:
    fault = tamper(f"DELETE FROM audit_entry WHERE position > {ROWS - 2}")
    assert fault is not None
    assert (fault.kind, fault.position) == (FaultKind.MISSING_END, ROWS - 1)


def test_the_end_removed_with_the_head_moved_back_is_found_by_an_anchor(tmp_path: Path) -> None:
    write(ROWS)
    seal()
    write_anchor(tmp_path / "anchors", NOW)
    with triggers_off() as execute:
        execute("DELETE FROM audit_entry WHERE position > 5")
        execute("UPDATE audit_head SET position = 5, hash = (SELECT hash FROM audit_entry WHERE position = 5)")
    assert services.verify().fault is None  # the database alone cannot tell
    fault = services.verify(anchors=read_anchors(tmp_path / "anchors")).fault
    assert fault is not None
    assert (fault.kind, fault.position) == (FaultKind.MISSING_END, 6)


def test_everything_removed_is_found() -> None:
    fault = tamper("DELETE FROM audit_entry")
    assert fault is not None
    assert (fault.kind, fault.position) == (FaultKind.MISSING_END, 1)


def test_everything_and_the_head_removed_is_found_by_an_anchor(tmp_path: Path) -> None:
    write(ROWS)
    seal()
    write_anchor(tmp_path / "anchors", NOW)
    with triggers_off() as execute:
        execute("DELETE FROM audit_entry")
        execute("DELETE FROM audit_head")
    fault = services.verify(anchors=read_anchors(tmp_path / "anchors")).fault
    assert fault is not None
    assert (fault.kind, fault.position) == (FaultKind.MISSING_END, 1)


def test_a_row_inserted_at_the_end_is_found() -> None:
    fault = tamper(SEALED + f"VALUES ({ROWS + 1}, sha256('x'), now(), 'a', 'b', 'c', '', '', '{{}}')")
    assert fault is not None
    assert (fault.kind, fault.position, fault.action) == (FaultKind.MISMATCH, ROWS + 1, "b")


def test_a_row_inserted_at_the_end_under_a_moved_head_is_found() -> None:
    fault = tamper(
        SEALED + f"VALUES ({ROWS + 1}, sha256('x'), now(), 'a', 'b', 'c', '', '', '{{}}')",
        f"UPDATE audit_head SET position = {ROWS + 1}, hash = sha256('x')",
    )
    assert fault is not None
    assert (fault.kind, fault.position, fault.action) == (FaultKind.MISMATCH, ROWS + 1, "b")


def test_a_row_inserted_in_the_middle_is_found() -> None:
    fault = tamper(
        "ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_position_once",
        "UPDATE audit_entry SET position = position + 1 WHERE position >= 4",
        SEALED + "VALUES (4, sha256('x'), now(), 'a', 'inserted', 'c', '', '', '{}')",
    )
    assert fault is not None
    assert (fault.kind, fault.position, fault.action) == (FaultKind.MISMATCH, 4, "inserted")


def test_a_row_inserted_twice_at_one_position_is_found() -> None:
    fault = tamper(
        "ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_position_once",
        SEALED
        + 'SELECT position, hash, at, actor, action, urn, "right", organisation, details FROM audit_entry WHERE position = 4',
    )
    assert fault is not None
    assert (fault.kind, fault.position) == (FaultKind.MISMATCH, 4)


def test_a_row_slipped_in_without_seal_is_found() -> None:
    fault = tamper(SEALED + "VALUES (NULL, NULL, now(), 'a', 'slipped', 'c', '', '', '{}')")
    assert fault is not None
    assert (fault.kind, fault.action) == (FaultKind.UNSEALED, "slipped")


def test_two_rows_exchanged_are_found() -> None:
    fault = tamper(
        "ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_position_once",
        "UPDATE audit_entry SET position = CASE position WHEN 3 THEN 5 ELSE 3 END WHERE position IN (3, 5)",
    )
    assert fault == Fault(kind=FaultKind.MISMATCH, position=3, at=NOW, action="action.5")


def test_a_moved_head_is_found() -> None:
    fault = tamper("UPDATE audit_head SET hash = sha256('x')")
    assert fault is not None
    assert (fault.kind, fault.position) == (FaultKind.HEAD, ROWS)


def test_a_beginning_purged_without_a_word_is_found() -> None:
    fault = tamper(
        "UPDATE audit_head SET base_position = 3, base_hash = (SELECT hash FROM audit_entry WHERE position = 3)",
        "DELETE FROM audit_entry WHERE position <= 3",
    )
    assert fault is not None
    assert (fault.kind, fault.position) == (FaultKind.BASE, 3)


def test_the_whole_chain_made_again_is_found_by_an_anchor(tmp_path: Path) -> None:
    write(4)
    seal()
    write_anchor(tmp_path / "anchors", NOW)
    write(3)
    seal()
    with triggers_off() as execute:
        execute("UPDATE audit_entry SET actor = 'x' WHERE position = 2")
        execute(RESEAL)
    assert services.verify().fault is None  # a perfect forgery, for the database
    result = services.verify(anchors=read_anchors(tmp_path / "anchors"))
    assert result.fault is not None
    assert (result.fault.kind, result.fault.position) == (FaultKind.REWRITTEN, 4)


def test_a_whole_journal_agrees_with_its_anchors(tmp_path: Path) -> None:
    path = tmp_path / "anchors"
    assert write_anchor(path, NOW) is None  # nothing to anchor yet
    for _ in range(3):
        write(2)
        seal()
        write_anchor(path, NOW)
    assert write_anchor(path, NOW) is None  # it has not moved
    result = services.verify(anchors=read_anchors(path))
    assert (result.checked, result.anchors, result.fault) == (6, 3, None)


def test_an_anchor_on_what_was_purged_since_is_no_fault(tmp_path: Path) -> None:
    from datetime import timedelta

    path = tmp_path / "anchors"
    for _ in range(2):
        write(2)
        seal()
        write_anchor(path, NOW)
    later = NOW + timedelta(days=10)
    services.record(actor="a", action="b", urn="c", now=later)
    seal()
    assert services.purge(before=later, now=later) == 4
    seal()
    assert services.verify(anchors=read_anchors(path)).fault is None


def test_a_broken_anchor_file_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "anchors"
    path.write_text('{"at": "2026-03-02T09:00:00+00:00", "position": 1, "hash": "00"}\nnonsense\n')
    with pytest.raises(BrokenAnchor, match="line 2"):
        read_anchors(path)


def test_the_anchor_file_lies_in_the_home(settings) -> None:  # type: ignore[no-untyped-def]
    assert anchor_file().parent == Path(settings.PARVIS_HOME)


def test_entries_are_read_as_they_were_written() -> None:
    write()
    seal()
    assert Entry.objects.get().details == '{"note":"été, l’œuvre","number":0}'
