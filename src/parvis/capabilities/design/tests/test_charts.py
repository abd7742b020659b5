from datetime import UTC, datetime, timedelta
from math import inf, nan
from zoneinfo import ZoneInfo

import pytest

from parvis.capabilities.design.charts import (
    BOX,
    HEIGHT,
    TABLE_ROWS,
    TOP,
    Limit,
    TimeSeries,
    bounds,
    draw,
    nice_step,
    segments,
    table_rows,
    time_ticks,
)

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def series(values: list[float | None], *, limits: tuple[Limit, ...] = ()) -> TimeSeries:
    """One value an hour from START; None is a hole."""
    points = [(START + i * HOUR, value) for i, value in enumerate(values) if value is not None]
    return TimeSeries(label="Niveau", points=points, start=START, end=START + 24 * HOUR, limits=limits)


@pytest.mark.parametrize(("span", "step"), [(1, 0.5), (4, 1), (10, 5), (97, 50), (0.02, 0.005)])
def test_steps_are_round(span: float, step: float) -> None:
    assert nice_step(span, 4) == pytest.approx(step)


def test_the_axis_holds_all_values() -> None:
    low, high, step = bounds(3.2, 17.9)
    assert low <= 3.2 < 17.9 <= high
    assert (high - low) / step == pytest.approx(round((high - low) / step))


def test_a_flat_series_stands_in_the_middle() -> None:
    low, high, _ = bounds(20, 20)
    assert low < 20 < high


def test_a_hole_is_not_drawn_over() -> None:
    cut = list(segments(series([1.0, 2.0, 3.0, *[None] * 8, 4.0, 5.0]).points))
    assert [len(part) for part in cut] == [3, 2]


def test_regular_measures_are_one_line() -> None:
    assert len(list(segments(series([1.0] * 24).points))) == 1


def test_a_lone_measure_is_a_dot() -> None:
    drawing = draw(series([1.0, 2.0, 3.0, *[None] * 8, 4.0]), PARIS)
    assert drawing is not None
    assert len(drawing.lines) == 1
    assert len(drawing.dots) == 1


def test_the_curve_stays_in_its_box() -> None:
    drawing = draw(series([0.0, 10.0, 5.0]), PARIS)
    assert drawing is not None
    numbers = [float(n) for point in drawing.lines[0].split() for n in point.split(",")]
    assert min(numbers) >= 0
    assert max(numbers) <= BOX


def test_high_values_are_above() -> None:
    drawing = draw(series([0.0, 10.0]), PARIS)
    assert drawing is not None
    (_, first), (_, second) = [map(float, point.split(",")) for point in drawing.lines[0].split()]
    assert second < first


def test_a_limit_outside_the_values_is_shown() -> None:
    drawing = draw(series([1.0, 2.0], limits=(Limit(value=50, label="Seuil"),)), PARIS)
    assert drawing is not None
    assert TOP <= drawing.limits[0].at <= TOP + HEIGHT


@pytest.mark.parametrize("values", [[], [nan], [inf, -inf]])
def test_nothing_to_draw(values: list[float]) -> None:
    assert draw(series(list(values)), PARIS) is None


def test_measures_outside_the_period_are_left_out() -> None:
    outside = TimeSeries(label="x", points=[(START - HOUR, 1.0)], start=START, end=START + HOUR)
    assert draw(outside, PARIS) is None


def test_ticks_are_round_local_hours() -> None:
    ticks = time_ticks(START, START + 24 * HOUR, PARIS)
    assert [tick.strftime("%H:%M") for tick in ticks] == ["06:00", "12:00", "18:00", "00:00"]


def test_ticks_stay_round_over_the_change_of_hour() -> None:
    start = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    assert {tick.minute for tick in time_ticks(start, start + 24 * HOUR, PARIS)} == {0}
    assert {tick.hour % 6 for tick in time_ticks(start, start + 24 * HOUR, PARIS)} == {0}


def test_the_table_is_bounded_and_newest_first() -> None:
    points = [(START + i * timedelta(minutes=1), float(i)) for i in range(1440)]
    rows, every = table_rows(points)
    assert len(rows) <= TABLE_ROWS
    assert every == 15
    assert rows[0] == points[-1]


def test_a_period_has_a_length() -> None:
    with pytest.raises(ValueError, match="ends after"):
        TimeSeries(label="x", points=[], start=START, end=START)
