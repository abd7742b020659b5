import math
import random
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from statistics import median

from parvis.telemetry.history.rules import day_of, thinned

START = datetime(2026, 1, 1, tzinfo=UTC)


def points(values: list[float]) -> list[tuple[datetime, float]]:
    return [(START + timedelta(minutes=n), value) for n, value in enumerate(values)]


def test_a_short_series_is_drawn_whole():
    assert thinned(points([1, 2, 3]), 3) == points([1, 2, 3])


def test_a_long_series_keeps_its_ends_and_its_peaks():
    values = [0.0] * 5000
    values[1234], values[4321] = 99.0, -99.0
    kept = thinned(points(values), 400)
    assert len(kept) <= 400
    assert kept == sorted(kept)
    assert kept[0] == points(values)[0]
    assert kept[-1] == points(values)[-1]
    assert points(values)[1234] in kept
    assert points(values)[4321] in kept


def test_a_thinned_series_stays_even_enough_for_its_holes_to_be_seen():
    rng = random.Random(1)
    kept = thinned(points([10 * math.sin(n / 15) + rng.random() for n in range(3000)]), 400)
    gaps = [(after[0] - before[0]).total_seconds() for before, after in pairwise(kept)]
    assert max(gaps) < 4 * median(gaps)  # as the chart tells a hole


def test_days_are_cut_in_utc():
    assert str(day_of(datetime(2026, 11, 22, 0, 30, tzinfo=timezone(timedelta(hours=1))))) == "2026-11-21"
