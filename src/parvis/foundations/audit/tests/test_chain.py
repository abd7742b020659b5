"""The database seals at commit, refuses changes, and two writers never share a position nor wait for each other."""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from parvis.foundations.audit import rules, services
from parvis.foundations.audit.models import Entry, Head
from parvis.foundations.audit.tests.factories import NOW, seal, write
from parvis.foundations.audit.verification import sealed_entries


def test_an_entry_is_sealed_when_its_transaction_commits(transactional_db: None) -> None:
    with transaction.atomic():
        write(3)
        assert not Entry.objects.sealed().exists()
    assert list(Entry.objects.order_by("id").values_list("position", flat=True)) == [1, 2, 3]
    head = Head.objects.get()
    assert (head.position, bytes(head.hash)) == (3, bytes(Entry.objects.get(position=3).hash))


def test_python_finds_the_hashes_that_postgresql_made(transactional_db: None) -> None:
    write(3)
    previous = rules.GENESIS
    with transaction.atomic():
        for entry in sealed_entries():
            assert rules.seal(previous, entry) == bytes(entry.hash)
            previous = entry.hash
    assert bytes(previous) == bytes(Head.objects.get().hash)


def test_what_is_rolled_back_leaves_neither_entry_nor_gap(transactional_db: None) -> None:
    write()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        write(2)
        _ = 1 / 0
    write()
    assert list(Entry.objects.order_by("position").values_list("position", flat=True)) == [1, 2]
    assert services.verify().fault is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'x'",
        "UPDATE audit_entry SET position = position + 10",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        'INSERT INTO audit_entry (position, hash, at, actor, action, urn, "right", organisation, details)'
        " VALUES (2, sha256('x'), now(), 'a', 'b', 'c', '', '', '{}')",
        "UPDATE audit_head SET position = 0",
        "UPDATE audit_head SET base_position = 1, base_hash = (SELECT hash FROM audit_entry WHERE position = 1)",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
        "INSERT INTO audit_head VALUES (2, 0, '', 0, '')",
    ],
)
def test_the_database_refuses_every_change(db: None, statement: str) -> None:
    write()
    seal()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_no_truncate")
        cursor.execute("ALTER TABLE audit_head ENABLE TRIGGER audit_head_no_truncate")
        with pytest.raises(DatabaseError, match="journal"):
            cursor.execute(statement)


def test_an_entry_not_yet_sealed_cannot_be_altered_either(db: None) -> None:
    write()
    with pytest.raises(DatabaseError, match="append-only"):
        Entry.objects.update(actor="someone else")


def test_nor_through_a_trigger_that_passes_for_the_sealing(db: None) -> None:
    write()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE audit_test_bait (id int)")
        cursor.execute(
            "CREATE FUNCTION audit_test_forge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " UPDATE audit_entry SET actor = 'someone else', position = 1, hash = sha256('x'); RETURN NULL; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER forge AFTER INSERT ON audit_test_bait FOR EACH ROW EXECUTE FUNCTION audit_test_forge()"
        )
        with pytest.raises(DatabaseError, match="append-only"):
            cursor.execute("INSERT INTO audit_test_bait VALUES (1)")


def test_a_purge_removes_the_beginning_and_says_so_in_the_chain(transactional_db: None) -> None:
    write(5)
    later = NOW + timedelta(days=100)
    services.record(actor="a", action="b", urn="c", now=later)
    assert services.purge(before=NOW + timedelta(days=1), now=later) == 5
    head = Head.objects.get()
    assert (head.base_position, head.position) == (5, 7)
    assert list(Entry.objects.order_by("position").values_list("position", "action")) == [(6, "b"), (7, rules.PURGED)]
    assert services.verify().fault is None
    assert services.purge(before=NOW + timedelta(days=1), now=later) == 0


def test_a_purge_stops_at_the_first_entry_to_keep(transactional_db: None) -> None:
    """Instants come from many clocks: an older one after a newer one is kept with it."""
    services.record(actor="a", action="old", urn="c", now=NOW)
    services.record(actor="a", action="new", urn="c", now=NOW + timedelta(days=10))
    services.record(actor="a", action="old, written late", urn="c", now=NOW)
    assert services.purge(before=NOW + timedelta(days=5), now=NOW + timedelta(days=10)) == 1
    assert services.verify().fault is None


@pytest.mark.slow
def test_eight_writers_make_one_chain(transactional_db: None) -> None:
    failures: list[BaseException] = []

    def writer() -> None:
        try:
            for round_ in range(40):
                with transaction.atomic():
                    write(1 + round_ % 3)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=writer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    result = services.verify()
    assert result.fault is None
    assert result.checked == Entry.objects.count() == 8 * sum(1 + n % 3 for n in range(40))


def test_sealing_waits_for_row_locks_before_it_holds_the_journal(transactional_db: None) -> None:
    """A deferred foreign key waits for a row that another transaction holds, while that one commits to the journal: without care
    each would wait for the other, and PostgreSQL would kill one."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE audit_test_parent (id int PRIMARY KEY)")
        cursor.execute(
            "CREATE TABLE audit_test_child (parent int REFERENCES audit_test_parent DEFERRABLE INITIALLY DEFERRED)"
        )
        cursor.execute("INSERT INTO audit_test_parent VALUES (1)")
    locked, referring = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def holder() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT id FROM audit_test_parent WHERE id = 1 FOR UPDATE")
                locked.set()
                write()
                assert referring.wait(5)
                cursor.execute("SELECT pg_sleep(0.3)")  # the other one is now at its commit, waiting for the row
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=holder)
    try:
        thread.start()
        assert locked.wait(5)
        with transaction.atomic(), connection.cursor() as cursor:
            write()
            cursor.execute("INSERT INTO audit_test_child VALUES (1)")
            referring.set()
        thread.join()
        assert not failures
        assert services.verify().checked == 2
    finally:
        thread.join()
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE audit_test_child, audit_test_parent")
