"""Fixtures of every test. The database is started by `parvis.project.pytest_plugin`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

SHARED_DATA = Path(__file__).resolve().parent.parent / "shared" / "data"


def absent(service: str) -> NoReturn:
    """The test skips, or fails where every service is promised (CI)."""
    if os.environ.get("PARVIS_REQUIRE_SERVICES"):
        pytest.fail(f"{service} is not installed")
    pytest.skip(f"{service} is not installed")


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """Path of a file of the real data beside the repository; the test skips where they are absent."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"no {name} in ../shared/data")
        return path

    return find


@pytest.fixture(autouse=True)
def _areas_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The areas in memory are compared with the database at every question: a rollback is faster than their second."""
    from parvis.foundations.territory import index

    monkeypatch.setattr(index, "CHECK_EVERY_S", 0.0)
    index.current.forget()


@pytest.fixture(autouse=True)
def _contexts_of_this_test() -> None:
    """Compiled @contexts outlive the rollback that takes their rows away."""
    from parvis.telemetry.context.jsonld import catalogue, hits

    catalogue.forget()
    hits.forget()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The journal refuses TRUNCATE, by which Django empties the tables after a test that commits."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_no_truncate")
        cursor.execute("ALTER TABLE audit_head DISABLE TRIGGER audit_head_no_truncate")
