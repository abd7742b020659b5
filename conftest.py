"""Fixtures of every test. The database is started by `parvis.project.pytest_plugin`."""

from collections.abc import Callable
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parent.parent / "shared" / "data"


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """Path of a file of the real data beside the repository; the test skips where they are absent."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"no {name} in ../shared/data")
        return path

    return find
