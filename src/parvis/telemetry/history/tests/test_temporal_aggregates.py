"""What is said of many instances at once."""

import random
import statistics
from datetime import UTC, datetime, timedelta

import pytest

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.history.temporal.periods import period
from parvis.telemetry.history.tests.temporal import CAR, at, observed, past, query, tell


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "origin", "count", "instant"),
    [
        ("PT1H", "2026-01-01", 3, "2026-01-01T03:00"),
        ("PT0.5S", "2026-01-01", 3, "2026-01-01T00:00:01.500000"),
        ("P1DT12H", "2026-01-01", 2, "2026-01-04"),
        ("P2W", "2026-01-01", 1, "2026-01-15"),
        ("P1M", "2026-01-31", 1, "2026-02-28"),
        ("P1M", "2026-01-31", 2, "2026-03-31"),  # of the origin, not of February
        ("P1Y", "2024-02-29", 1, "2025-02-28"),
        ("P1Y", "2024-02-29", 4, "2028-02-29"),
        ("P1Y1M1D", "2026-01-01", 1, "2027-02-02"),
    ],
)
def test_periods_are_those_of_the_calendar(text, origin, count, instant):
    made = period(text)
    assert made is not None
    assert made.after(day(origin), count) == day(instant)
    assert made.count(day(origin), day(instant)) == count
    assert made.count(day(origin), day(instant) - timedelta(microseconds=1)) == count - 1


@pytest.mark.parametrize("text", ["PT0S", "P0D", "P0Y0M"])
def test_a_period_without_length_is_none(text):
    assert period(text) is None


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "PT1", "P1H", "P-1D", "PT1H ", "P1DT", "P١D", "P9999999Y"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(BadRequestData):
        period(text)


def test_no_period_goes_beyond_time():
    made = period("P9999Y")
    assert made is not None
    assert made.after(day("2026-01-01"), 1).year == 9999


def said(methods: str, duration: str = "", name: str = "speed", **more: str) -> dict:
    asked = {"options": "aggregatedValues", "aggrMethods": methods} | (
        {"aggrPeriodDuration": duration} if duration else {}
    )
    told = past(**asked, **more)
    assert told.status == 200, told
    return told.json[name]


@pytest.mark.django_db
@pytest.mark.usefixtures("open_broker")
class TestAggregates:
    def test_buckets_begin_at_the_first_instance(self):
        tell(speed=[observed(n, f"2026-11-01T{12 + n}:0{3 + n}:00Z") for n in (0, 1, 2, 5)])
        assert said("avg,max", "PT1H") == {
            "type": "Property",
            "avg": [
                [value, f"2026-11-01T{hour}:03:00Z", f"2026-11-01T{hour + 1}:03:00Z"]
                for value, hour in ((0, 12), (1, 13), (2, 14), (5, 17))
            ],
            "max": [
                [value, f"2026-11-01T{hour}:03:00Z", f"2026-11-01T{hour + 1}:03:00Z"]
                for value, hour in ((0, 12), (1, 13), (2, 14), (5, 17))
            ],
        }

    def test_buckets_begin_where_the_interval_does(self):
        tell(speed=[observed(1, at(10)), observed(3, at(20)), observed(8, at(50))])
        found = said("sum", "PT30M", timerel="after", timeAt="2026-11-01T11:00:00Z")
        assert found["sum"] == [[4, at(0), at(30)], [8, at(30), "2026-11-01T13:00:00Z"]]

    def test_without_period_all_is_one_bucket(self):
        tell(speed=[observed(1, at(10)), observed(3, at(20))])
        for duration in ("", "PT0S"):
            assert said("sum", duration)["sum"] == [[4, at(10), at(20)]]
            assert said("sum", duration, timerel="between", timeAt=at(0), endTimeAt=at(30))["sum"] == [
                [4, at(0), at(30)]
            ]

    def test_months_are_those_of_the_calendar(self):
        tell(speed=[observed(1, f"2026-{month:02}-15T00:00:00Z") for month in range(1, 12)])
        found = said("totalCount", "P1M", timerel="after", timeAt="2026-01-01T00:00:00Z")["totalCount"]
        assert [start for _, start, _ in found] == [f"2026-{month:02}-01T00:00:00Z" for month in range(1, 12)]

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (
                [1, 2, 2, 5],
                {"totalCount": 4, "distinctCount": 3, "sum": 10, "avg": 2.5, "min": 1, "max": 5, "sumsq": 34},
            ),
            ([True, False, True], {"totalCount": 3, "distinctCount": 2, "sum": 2, "min": 0, "max": 1, "sumsq": 2}),
            (["b", "a", "b"], {"totalCount": 3, "distinctCount": 2, "min": "a", "max": "b"}),
            ([{"a": 1}, {"a": 1}, {"a": 2}], {"totalCount": 3, "distinctCount": 2}),
            (
                [1, "x"],
                {"totalCount": 2, "distinctCount": 2, "sum": 1, "avg": 1, "min": 1, "max": 1, "stddev": 0, "sumsq": 1},
            ),
        ],
    )
    def test_each_kind_of_value_has_its_methods(self, values, expected):
        tell(speed=[observed(value, at(n)) for n, value in enumerate(values)])
        found = said("totalCount,distinctCount,sum,avg,min,max,stddev,sumsq")
        assert found.pop("type") == "Property"
        for method, value in expected.items():
            assert found[method][0][0] == value
        if isinstance(values[0], str | dict):
            assert found.keys() == expected.keys()

    def test_relationships_are_counted(self):
        links = [{"type": "Relationship", "object": f"urn:p:{n % 2}", "observedAt": at(n)} for n in range(3)]
        tell(owner=links)
        found = said("totalCount,distinctCount,sum,max", name="owner")
        assert found == {
            "type": "Relationship",
            "totalCount": [[3, at(0), at(2)]],
            "distinctCount": [[2, at(0), at(2)]],
        }

    def test_deletions_are_no_values(self):
        tell(speed=[observed(4, at(0)), observed("urn:ngsi-ld:null", at(5))])
        assert said("totalCount,max")["totalCount"][0][0] == 1

    def test_what_postgresql_says_is_what_we_say(self):
        rng = random.Random(3)
        values = [round(rng.uniform(-50, 50), 2) for _ in range(60)]
        tell(speed=[observed(value, at(n)) for n, value in enumerate(values)])
        found = said("avg,stddev,sumsq,sum,min,max,totalCount")
        assert found["avg"][0][0] == pytest.approx(statistics.fmean(values))
        assert found["stddev"][0][0] == pytest.approx(statistics.pstdev(values))
        assert found["sumsq"][0][0] == pytest.approx(sum(value * value for value in values))

    def test_aggregates_are_never_cut(self):
        tell(speed=[observed(n, at(n)) for n in range(40)])
        assert said("totalCount")["totalCount"][0][0] == 40

    def test_datasets_are_apart(self):
        tell(speed=[observed(1, at(0)), observed(2, at(0), datasetId="urn:x:a")])
        found = said("max")
        assert [(one.get("datasetId"), one["max"][0][0]) for one in found] == [(None, 1), ("urn:x:a", 2)]

    def test_things_are_queried(self):
        tell(speed=[observed(n, at(n)) for n in range(4)])
        told = query(type="Car", options="aggregatedValues", aggrMethods="max", timerel="after", timeAt=at(2))
        assert told.json == [{"id": CAR, "type": "Car", "speed": {"type": "Property", "max": [[3, at(2), at(3)]]}}]

    def test_too_many_buckets_are_refused(self):
        tell(speed=[observed(0, "2026-01-01T00:00:00Z"), observed(1, at(0))])
        told = past(options="aggregatedValues", aggrMethods="max", aggrPeriodDuration="PT1S")
        assert told.status == 403

    def test_by_when_they_were_written(self):
        ask("POST", "/entities", {"id": CAR, "type": "Car", "speed": {"type": "Property", "value": 5}})
        assert said("max", timeproperty="modifiedAt")["max"][0][0] == 5
