from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection


@pytest.fixture
def lake(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Path]:
    """An empty lake and no observation; for tests that commit."""

    def empty() -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE history_observation")

    settings.PARVIS_LAKE_PATH = tmp_path / "lake"
    empty()
    yield settings.PARVIS_LAKE_PATH
    empty()


@pytest.fixture
def open_broker(settings) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_FORGET_WITH_ENTITY = False
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    settings.PARVIS_TEMPORAL_PAGE = 10
