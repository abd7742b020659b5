"""More instances than one answer holds: 206, Content-Range, and a cut at one instant (6.3.10). A page is 10 instances here."""

import pytest

from parvis.telemetry.history.tests.temporal import at, observed, past, query, speeds, tell, values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_broker")]

BEFORE, AFTER = "2019-01-01T01:01:00Z", "2027-01-01T01:01:00Z"


@pytest.mark.parametrize(
    ("asked", "shown", "start", "end", "size"),
    [
        ({}, range(10), at(0), at(9), "*"),
        ({"timerel": "before", "timeAt": AFTER}, range(10), at(0), at(9), "*"),
        ({"timerel": "after", "timeAt": BEFORE}, range(10), BEFORE, at(9), "*"),
        ({"timerel": "between", "timeAt": BEFORE, "endTimeAt": AFTER}, range(10), BEFORE, at(9), "*"),
        ({"lastN": "20"}, range(19, 9, -1), at(19), at(10), "20"),
        ({"lastN": "20", "timerel": "before", "timeAt": AFTER}, range(19, 9, -1), AFTER, at(10), "20"),
        ({"lastN": "20", "timerel": "after", "timeAt": BEFORE}, range(19, 9, -1), at(19), at(10), "20"),
        (
            {"lastN": "20", "timerel": "between", "timeAt": BEFORE, "endTimeAt": AFTER},
            range(19, 9, -1),
            AFTER,
            at(10),
            "20",
        ),
    ],
)
def test_the_part_that_is_answered_is_told(asked, shown, start, end, size):
    tell(speed=speeds(20))
    told = past(**asked)
    assert (told.status, values(told.json["speed"])) == (206, list(shown))
    assert told.headers["Content-Range"] == f"date-time {start}-{end}/{size}"


@pytest.mark.parametrize("asked", [{}, {"lastN": "7"}, {"lastN": "10"}])
def test_what_fits_is_whole(asked):
    tell(speed=speeds(10))
    told = past(**asked)
    assert told.status == 200
    assert "Content-Range" not in told.headers


def test_all_attributes_are_cut_at_one_instant():
    tell(speed=speeds(20), fuel=[observed(1, at(3)), observed(2, at(15))], late=speeds(20, first=30))
    body = past().json
    assert values(body["speed"]) == list(range(10))
    assert values(body["fuel"]) == [1]
    assert body["late"] == []
    body = past(lastN="100").json
    assert values(body["late"]) == list(range(49, 39, -1))
    assert body["speed"] == body["fuel"] == []
    assert past(options="temporalValues").json["late"]["values"] == []


def test_the_client_goes_on_where_the_answer_ends():
    tell(speed=speeds(23), fuel=[observed(n, at(2 * n)) for n in range(12)])
    seen: dict[str, list[int]] = {"speed": [], "fuel": []}
    start = BEFORE
    for _ in range(10):
        told = past(timerel="after", timeAt=start, timeproperty="observedAt")
        for name, instances in seen.items():
            instances += [one for one in values(told.json.get(name, [])) if one not in instances]
        if told.status == 200:
            break
        start = told.headers["Content-Range"].removeprefix("date-time ").removesuffix("/*").partition("Z-")[2]
    assert seen == {"speed": list(range(23)), "fuel": list(range(12))}


def test_instances_of_one_instant_stay_together():
    tell(speed=speeds(15))  # all written at once
    told = past(timeproperty="modifiedAt")
    assert (told.status, len(told.json["speed"])) == (206, 10)


def test_several_things_are_cut_at_one_instant():
    tell(speed=speeds(20))
    tell("urn:ngsi-ld:Car:2", speed=speeds(5, first=20))
    told = query(type="Car", timerel="after", timeAt=BEFORE)
    assert (told.status, told.headers["Content-Range"]) == (206, f"date-time {BEFORE}-{at(9)}/*")
    assert [len(one["speed"]) for one in told.json] == [10, 0]
