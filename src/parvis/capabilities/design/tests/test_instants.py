from datetime import UTC, datetime, timedelta

import pytest

from parvis.capabilities.design.instants import duration, relative

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=10), "à l’instant"),
        (timedelta(seconds=50), "il y a 1 min"),
        (timedelta(minutes=12, seconds=20), "il y a 12 min"),
        (timedelta(hours=3, minutes=50), "il y a 3 h"),
        (timedelta(days=1), "il y a 1 jour"),
        (timedelta(days=6, hours=23), "il y a 6 jours"),
        (timedelta(days=7), "13 mars 2026"),
        (timedelta(minutes=-20), "dans 20 min"),
    ],
)
def test_relative(ago: timedelta, words: str) -> None:
    assert relative(NOW - ago, NOW) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(365, "1 an"), (1095, "3 ans"), (180, "6 mois"), (30, "1 mois"), (10, "10 jours"), (1, "1 jour")],
)
def test_duration(days: int, words: str) -> None:
    assert duration(days) == words
