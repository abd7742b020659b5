"""`$filter` and `$orderby` over the rows (OGC 18-088, 9.3.3.5)."""

import pytest

from parvis.telemetry.context.attributes import geo_property_of
from parvis.telemetry.history.sensorthings.tests.factories import get, ids, make_thing, observe, refused, values

pytestmark = pytest.mark.django_db


def results(stream: int, condition: str) -> list[object]:
    return [line["result"] for line in values(f"Datastreams({stream})/Observations", filter=condition)]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("result gt 5", [10, 15]),
        ("result ge 5", [5, 10, 15]),
        ("5 lt result", [10, 15]),
        ("result eq 5", [5]),
        ("result ne 5", [0, 10, 15]),
        ("not result eq 5", [0, 10, 15]),
        ("not (result lt 5 or result gt 10)", [5, 10]),
        ("result lt 5 or result gt 10 and result gt 20", [0]),  # `and` binds tighter
        ("result add 5 gt 15", [15]),
        ("result sub 5 mul 2 eq 0", [10]),
        ("(result sub 5) mul 2 eq 0", [5]),
        ("result div 5 eq 2", [10]),
        ("result div 0 eq 2", []),
        ("result mod 10 eq 5", [5, 15]),
        ("-result le -10", [10, 15]),
        ("result in (5, 10, 11)", [5, 10]),
        ("round(result div 10) eq 2", [15]),  # 1.5 away from zero; 0.5 gives 1
        ("floor(result div 10) eq 1", [10, 15]),
        ("ceiling(result div 10) eq 1", [5, 10]),
        ("result eq 'on'", []),
        ("result eq null", []),
        ("result ne null", [0, 5, 10, 15]),
        ("phenomenonTime ge 2026-11-22T12:02:00Z", [10, 15]),
        ("phenomenonTime ge 2026-11-22T13:02:00 01:00", [10, 15]),  # a `+` that was not encoded
        ("phenomenonTime ge 2026-11-22", [0, 5, 10, 15]),
        ("phenomenonTime lt '2026-11-22T12:01:00Z'", [0]),
        ("phenomenonTime gt 2026-11-22T11:00:00Z/2026-11-22T12:01:00Z", [10, 15]),
        ("phenomenonTime gt now() sub duration'PT1M'", [0, 5, 10, 15]),
        ("phenomenonTime sub duration'PT2M' ge now()", [10, 15]),
        ("phenomenonTime sub now() gt duration'PT90S'", [10, 15]),
        ("minute(phenomenonTime) eq 3 and year(resultTime) eq 2026 and month(resultTime) eq 11", [15]),
        ("day(phenomenonTime) eq 22 and hour(phenomenonTime) eq 12 and second(phenomenonTime) eq 0", [0, 5, 10, 15]),
        ("date(phenomenonTime) eq 2026-11-22 and time(phenomenonTime) lt 12:01:30", [0, 5]),
        ("fractionalseconds(phenomenonTime) eq 0 and totaloffsetminutes(phenomenonTime) eq 0", [0, 5, 10, 15]),
        ("phenomenonTime gt mindatetime() and phenomenonTime lt maxdatetime()", [0, 5, 10, 15]),
        ("Datastream/Thing/name eq 'Darcy' and result gt 10", [15]),
        (
            "FeatureOfInterest/name eq 'Darcy' and Datastream/ObservedProperty/name eq 'powerConsumption'",
            [0, 5, 10, 15],
        ),
        ("result gt Datastream/Thing/properties/powerRating", [15]),
        ("Datastream/unitOfMeasurement/symbol eq 'W' and result gt 10", [15]),
        ("(result gt 5) eq true", [10, 15]),
        ("true", [0, 5, 10, 15]),
        ("false or null eq null", [0, 5, 10, 15]),
    ],
)
def test_observations(condition, expected):
    thing = make_thing(name="Darcy", powerRating=12)
    stream = observe(thing, "powerConsumption", 0, 5, 10, 15)
    assert results(stream, condition) == expected


def test_results_of_every_kind():
    thing = make_thing()
    stream = observe(thing, "mixed", 1, "one", True, 0, "zero", unit_code="")
    assert results(stream, "result eq 1") == [1]  # true is not 1
    assert results(stream, "result eq true") == [True]
    assert results(stream, "result") == [True]
    assert results(stream, "startswith(result, 'o')") == ["one"]
    assert results(stream, "result gt 'one'") == ["zero"]
    assert results(stream, "result lt 1") == [0]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name eq 'Quai d''Orsay'", "A"),
        ("substringof('Quai', name)", "AB"),
        ("contains(name, 'Quai')", "AB"),
        ("startswith(name, 'Quai') and endswith(name, 'Orsay')", "A"),
        ("not startswith(name, 'Quai')", "C"),
        ("length(name) eq 12", "A"),
        ("indexof(name, 'd') eq 5", "A"),
        ("indexof(name, 'zzz') eq -1", "ABC"),
        ("substring(name, 5) eq 'Nord'", "B"),
        ("substring(name, 0, 4) eq 'Quai'", "AB"),
        ("tolower(name) eq 'quai nord'", "B"),
        ("toupper(name) eq 'QUAI NORD'", "B"),
        ("trim(concat(concat(' ', name), ' ')) eq 'Quai Nord'", "B"),
        ("name lt 'Quai d'", "BC"),
        ("properties/powerRating gt 40", "A"),
        ("properties/powerRating ne 48", "BC"),
        ("properties/powerRating eq null", "C"),
        ("properties/nothing/deeper eq 1", ""),
        ("properties/type eq 'Streetlight'", "ABC"),
        ("properties/extra/colour eq 'red'", "B"),
        ("Datastreams/ObservedProperty/name eq 'powerConsumption'", "AB"),
        ("Datastreams/Observations/result gt 50", "B"),
        ("Datastreams/Observations/FeatureOfInterest/name eq 'Quai Nord'", "B"),
        (
            "Datastreams/any(d: d/Observations/any(o: o/result gt 50 and d/ObservedProperty/name eq 'powerConsumption'))",
            "B",
        ),
        ("not Datastreams/any(d: d/unitOfMeasurement/symbol eq 'W')", "C"),
        ("Datastreams/phenomenonTime lt 2026-11-22T12:01:00Z", "B"),
        ("Datastreams/phenomenonTime eq 2026-11-22T12:00:00Z/2026-11-22T12:01:00Z", "A"),
        ("Locations/name eq 'Quai Nord'", "B"),
        ("Locations/id ne null", "ABC"),
        ("HistoricalLocations/time lt now() add duration'P1D'", "AB"),
        ("geo.distance(Locations/location, geography'POINT(5 47)') lt 0.5", "A"),
        ("geo.distance(Locations/location, geography'POINT(5 47)') gt 0.5", "B"),
        ("st_within(Locations/location, geography'POLYGON((4 46, 5.5 46, 5.5 48, 4 48, 4 46))')", "A"),
        ("not st_within(Locations/location, geography'POLYGON((4 46, 5.5 46, 5.5 48, 4 48, 4 46))')", "BC"),
        ("st_disjoint(Locations/location, geography'POINT(5 47)')", "B"),
    ],
)
def test_things(condition, expected):
    things = {
        "A": make_thing(name="Quai d'Orsay", powerRating=48, longitude=5, latitude=47),
        "B": make_thing(name="Quai Nord", powerRating=36, extra={"colour": "red"}, longitude=6, latitude=47),
        "C": make_thing(name="Gare"),
    }
    observe(things["A"], "powerConsumption", 40, 41)
    observe(things["B"], "powerConsumption", 60)
    letters = {thing.pk: letter for letter, thing in things.items()}
    assert "".join(letters[number] for number in ids("Things", filter=condition)) == expected


SQUARE = "geography'POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))'"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"geo.intersects(location, {SQUARE})", "IBLO"),
        (f"st_intersects(location, {SQUARE})", "IBLO"),
        (f"st_disjoint(location, {SQUARE})", "F"),
        (f"st_within(location, {SQUARE})", "I"),
        (f"st_contains({SQUARE}, location)", "I"),
        (f"st_touches(location, {SQUARE})", "B"),
        (f"st_overlaps(location, {SQUARE})", "O"),
        (f"st_crosses(location, {SQUARE})", "L"),
        ("st_equals(location, geography'POINT(1 1)')", "I"),
        ("st_contains(location, geography'POINT(2.5 2.5)')", "O"),
        (f"st_relate(location, {SQUARE}, 'FF*FF****')", "F"),
        ("geo.length(location) gt 2", "L"),
        ("geo.length(location) eq 0", "IBFO"),
        ("geo.distance(location, geography'POINT(10 10)') lt 1", "F"),
        ("geo.distance(geography'POINT(10 10)', location) le 0", "F"),
        ("geo.distance(location, geography'POINT(10 10)') gt 0", "IBLO"),
        ("geo.distance(location, geography'POINT(10 10)') ge 0", "IBFLO"),
        ("geo.distance(location, geography'POINT(10 10)') lt 0 add 1", "F"),
        ("geo.distance(location, geography'POINT(10 10)') lt -1", ""),
        ("geo.distance(location, geography'POINT(10 10)') lt 1e308", "IBFLO"),
        ("geo.distance(geography'POINT(0 0)', geography'POINT(3 4)') gt 5", ""),
        ("geo.distance(geography'POINT(0 0)', geography'POINT(3 4)') le 5", "IBFLO"),
        ("0.6 gt geo.distance(location, geography'POINT(2.5 1)')", "BLO"),
        (f"geo.distance(location, {SQUARE}) eq 0", "IBLO"),
        (f"geo.distance(location, {SQUARE}) mul 2 gt 1", "F"),
        ("geo.distance(geography'POINT(0 0)', geography'POINT(3 4)') eq 5", "IBFLO"),
        ("st_within(geography'POINT(9 9)', geography'POINT(3 4)')", ""),
    ],
)
def test_geography(condition, expected):
    """I inside, B on the border, F far, a Line that goes through, O a square that overlaps."""
    geometries = {
        "I": {"type": "Point", "coordinates": [1, 1]},
        "B": {"type": "Point", "coordinates": [2, 1]},
        "F": {"type": "Point", "coordinates": [10, 10]},
        "L": {"type": "LineString", "coordinates": [[1, 1], [5, 1]]},
        "O": {"type": "Polygon", "coordinates": [[[1, 0.5], [3, 0.5], [3, 3], [1, 3], [1, 0.5]]]},
    }
    letters = {
        make_thing(attributes={"location": geo_property_of(geometry)}).pk: letter
        for letter, geometry in geometries.items()
    }
    found = "".join(letters[number] for number in ids("Locations", filter=condition))
    assert sorted(found) == sorted(expected)
    of_features = condition.replace("location", "feature")
    assert ids("FeaturesOfInterest", filter=of_features) == ids("Locations", filter=condition)


def test_ids_are_found_by_their_key():
    stream = observe(make_thing(), "powerConsumption", 1, 2)
    [first, _second] = ids(f"Datastreams({stream})/Observations")
    assert ids("Observations", filter=f"id eq '{first}'") == [first]
    assert ids("Observations", filter=f"Datastream/id eq {stream} and result gt 0")[0] == first
    assert ids("Datastreams", filter=f"@iot.id in ({stream}, 5)") == [stream]
    assert ids("Datastreams", filter=f"id ne {stream}") == []
    assert ids("Things", filter="id eq 'x'") == []


@pytest.mark.parametrize(
    ("orderby", "expected"),
    [
        ("result", [1, 2, 2, 3]),
        ("result desc", [3, 2, 2, 1]),
        ("result mod 2 desc, result asc", [1, 3, 2, 2]),
        ("phenomenonTime desc", [3, 2, 1, 2]),
        ("Datastream/Thing/name, id", [2, 1, 2, 3]),
    ],
)
def test_order(orderby, expected):
    stream = observe(make_thing(), "powerConsumption", 2, 1, 2, 3)
    assert [line["result"] for line in values(f"Datastreams({stream})/Observations", orderby=orderby)] == expected


def test_things_without_come_first():
    first, second, third = make_thing(name="b", x=1), make_thing(name="a"), make_thing(name="c", x=0)
    assert ids("Things", orderby="properties/x") == [second.pk, third.pk, first.pk]
    assert ids("Things", orderby="properties/x desc") == [first.pk, third.pk, second.pk]
    assert ids("Things", orderby="name desc") == [third.pk, first.pk, second.pk]
    assert ids("Locations", orderby="geo.distance(location, geography'POINT(0 0)')") == []


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "result gt",
        "result gt 5)",
        "(result gt 5",
        "result 5",
        "result = 5",
        "5",
        "'on'",
        "result gt gt",
        "nothing eq 5",
        "Datastream eq 5",
        "Nothing/name eq 5",
        "phenomenonTime gt 5",
        "phenomenonTime gt 'yesterday'",
        "phenomenonTime gt 2026-13-45T00:00:00Z",
        "phenomenonTime gt duration'5 minutes'",
        "phenomenonTime add 5 gt now()",
        "length(5) eq 1",
        "length() eq 1",
        "foo(result)",
        "now(1) gt phenomenonTime",
        "result in ()",
        "result eq 'unclosed",
        "geo.distance(result, geography'POINT(0 0)') lt 1",
        "geo.distance(FeatureOfInterest/feature, geography'POINT(0)') lt 1",
        "geo.distance(FeatureOfInterest/feature, geography'POINT EMPTY') lt 1",
        "geo.distance(FeatureOfInterest/feature, FeatureOfInterest/feature) lt 1",
        "st_relate(FeatureOfInterest/feature, geography'POINT(0 0)', 'nonsense')",
        "st_within(FeatureOfInterest/feature)",
        "true lt false",
        "FeatureOfInterest/feature lt 5",
        "FeatureOfInterest/feature eq geography'POINT(5 47)'",
        "Datastream/any(d: true)",
        "result/any(d: true)",
        "result gt 1e999",
        "substring('a', 1e300) eq 'a'",
        "now() add duration'P999999Y' gt now()",
        "result/deeper/" + "x/" * 20 + "x eq 1",
        "(" * 100 + "true" + ")" * 100,
        "not " * 100 + "true",
        "name eq '" + "x" * 9000 + "'",
        "result eq '\0'",
        "resultTime/deeper eq 1",
    ],
)
def test_what_is_no_condition(condition):
    observe(make_thing(longitude=5, latitude=47), "powerConsumption", 1)
    assert refused("Observations", filter=condition)


@pytest.mark.parametrize("orderby", ["", "nothing", "name up", "Datastreams/name", "5", "null", "name,,name"])
def test_what_is_no_order(orderby):
    make_thing()
    assert refused("Things", orderby=orderby)


def test_a_description_is_told():
    thing = make_thing(description="Sous le porche")
    assert get(f"Things({thing.pk})/description") == {"description": "Sous le porche"}
