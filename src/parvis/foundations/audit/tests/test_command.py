"""`parvis audit verify`, as typed: what it says and its exit code."""

from pathlib import Path

import pytest
from django.db import connection

from parvis.foundations.audit.tests.factories import seal, write
from parvis.project.cli import audit, parser

pytestmark = pytest.mark.django_db


def verify(*words: str) -> int:
    return audit.run_verify(parser().parse_args(("audit", "verify", *words)))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings) -> Path:  # type: ignore[no-untyped-def]
    settings.PARVIS_HOME = tmp_path
    return tmp_path


def test_a_whole_journal_is_said_so_and_anchored(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    write(3)
    seal()
    assert verify("--anchor") == 0
    assert verify() == 0
    out = capsys.readouterr().out
    assert "3 entries, 1 anchors: the journal is whole" in out
    assert (home / "audit-anchors.jsonl").read_text().count("\n") == 1


def test_the_first_bad_entry_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    write(5)
    seal()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE audit_entry SET actor = 'x' WHERE position IN (3, 4)")
    assert verify() == 1
    err = capsys.readouterr().err
    assert "entry 3, 2026-03-02 09:00:00 UTC, request.read: was altered" in err
    assert "2 entries before it" in err


def test_anchors_kept_elsewhere(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write(2)
    seal()
    elsewhere = tmp_path / "elsewhere.jsonl"
    assert verify("--anchors", str(elsewhere)) == 2
    elsewhere.write_text('{"at": "2026-03-02T09:00:00+00:00", "position": 2, "hash": "' + "00" * 32 + '"}\n')
    assert verify("--anchors", str(elsewhere)) == 1
    assert "rewritten" in capsys.readouterr().err
    elsewhere.write_text("nonsense\n")
    assert verify("--anchors", str(elsewhere)) == 1
