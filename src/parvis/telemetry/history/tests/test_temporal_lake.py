"""The temporal API does not show where the past is kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.history.lake.compaction import compact
from parvis.telemetry.history.lake.models import LakeFile
from parvis.telemetry.history.models import Observation
from parvis.telemetry.history.tests.temporal import CAR, observed, past, query, tell, values

pytestmark = pytest.mark.usefixtures("open_broker", "lake")

ATTRS = f"/temporal/entities/{CAR}/attrs"
NOW = datetime.now(UTC).replace(microsecond=0)


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")


DAYS = (99, 98, 97, 2, 1)


@pytest.fixture
def _old(open_broker: None, lake: Path) -> None:
    """Three instances in the lake, two in PostgreSQL; what was said before and after is compared by each test."""
    tell(
        speed=[observed(days, ago(days), unitCode="KMH", accuracy={"type": "Property", "value": 0.5}) for days in DAYS],
        state=[observed("on", ago(99)), observed("off", ago(1))],
        place=[{"type": "GeoProperty", "value": {"type": "Point", "coordinates": [6, 49]}, "observedAt": ago(98)}],
    )
    with transaction.atomic():  # in this thread
        ask("DELETE", f"/entities/{CAR}/attrs/place")


def settle() -> None:
    compact(NOW + timedelta(hours=1))
    assert LakeFile.objects.active().exists()
    assert not Observation.objects.filter(observed_at__lt=NOW - timedelta(days=90)).exists()


READS: tuple[dict[str, str], ...] = (
    {},
    {"options": "sysAttrs"},
    {"options": "temporalValues"},
    {"timerel": "before", "timeAt": ago(50)},
    {"timerel": "between", "timeAt": ago(98), "endTimeAt": ago(1.5)},
    {"timerel": "after", "timeAt": ago(97.5), "lastN": "2"},
    {"lastN": "1"},
    {"lastN": "4"},
    {"attrs": "speed", "lastN": "4"},
    {"timeproperty": "modifiedAt"},
    {"timeproperty": "createdAt"},
    {"timeproperty": "deletedAt"},
    {"options": "aggregatedValues", "aggrMethods": "sum,max,totalCount", "aggrPeriodDuration": "P1M"},
    {"options": "aggregatedValues", "aggrMethods": "avg,distinctCount", "timerel": "before", "timeAt": ago(50)},
)


@pytest.mark.usefixtures("_old")
def test_what_is_read_is_the_same_before_and_after_it_goes_to_the_lake():
    before = [past(**read).json for read in READS]
    settle()
    for read, told in zip(READS, before, strict=True):
        assert past(**read).json == told, read


QUERIES: tuple[dict[str, str], ...] = (
    {"timerel": "before", "timeAt": ago(50)},
    {"q": "speed==98"},
    {"q": "speed==98", "timerel": "after", "timeAt": ago(50)},
    {"q": 'state=="on"', "timerel": "before", "timeAt": ago(50)},
)


@pytest.mark.usefixtures("_old")
def test_what_is_found_is_the_same():
    before = [query(type="Car", **one).json for one in QUERIES]
    settle()
    assert [query(type="Car", **one).json for one in QUERIES] == before


@pytest.mark.usefixtures("_old")
def test_pages_go_from_the_lake_to_postgresql(settings: Any):
    settings.PARVIS_TEMPORAL_PAGE = 2
    settle()
    seen, start = list[int](), ago(200)
    for _ in range(10):
        told = past(attrs="speed", timerel="after", timeAt=start)
        seen += [value for value in values(told.json["speed"]) if value not in seen]
        if told.status == 200:
            break
        start = told.headers["Content-Range"].removeprefix("date-time ").partition("Z-")[2].removesuffix("/*")
    assert seen == list(DAYS)


@pytest.mark.usefixtures("_old")
def test_what_is_in_the_lake_can_be_modified_and_forgotten():
    settle()
    first, second, third, *_ = [one["instanceId"] for one in past().json["speed"]]
    assert ask("DELETE", f"{ATTRS}/speed/{first}").status == 204
    assert ask("DELETE", f"{ATTRS}/speed/{first}").status == 404
    assert ask("PATCH", f"{ATTRS}/speed/{second}", {"speed": {"type": "Property", "value": -1}}).status == 204
    assert ask("PATCH", f"{ATTRS}/speed/{third}", {"speed": observed(-2, ago(50))}).status == 204
    told = past().json["speed"]
    assert values(told) == [-1, -2, 2, 1]
    assert [one["instanceId"] for one in told[:2]] == [second, third]
    compact(NOW + timedelta(hours=2), merge_all=True)
    assert past().json["speed"] == told
    assert ask("DELETE", f"{ATTRS}/speed/{third}").status == 204
    assert values(past().json["speed"]) == [-1, 2, 1]


@pytest.mark.usefixtures("_old")
def test_an_attribute_and_a_whole_past_leave_the_lake_too():
    settle()
    assert ask("DELETE", f"{ATTRS}/speed").status == 204
    assert "speed" not in past().json
    assert "state" in past().json
    assert ask("DELETE", f"/temporal/entities/{CAR}").status == 204
    assert past().status == 404
    tell(status=204, speed=observed(5, ago(98)))
    assert values(past().json["speed"]) == [5]
