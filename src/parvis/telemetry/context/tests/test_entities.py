"""Inventories create and complete things, and never undo what was observed."""

import pytest

from parvis.foundations.organisations.models import Kind, Organisation
from parvis.foundations.territory.tests.factories import make_commune, make_epci
from parvis.kernel.contributions import EntityType, ThingState
from parvis.telemetry.context import states
from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import apply_readings, refresh_states, upsert_entities
from parvis.telemetry.context.tests.factories import NOW, declared, make_entity, reading
from parvis.telemetry.context.values import EntityDraft, UpsertReport

pytestmark = pytest.mark.django_db

URN = "urn:ngsi-ld:TestThing:1"


def draft(**more: object) -> EntityDraft:
    return EntityDraft(**{"urn": URN, "type": "TestThing", **more})


def stored() -> Entity:
    return Entity.objects.get(urn=URN)


def test_counts_tell_what_became_of_each_draft():
    first = [draft(), draft(urn=URN + "2", attributes={"a": property_of(1)})]
    assert upsert_entities(first, now=NOW) == UpsertReport(created=2)
    assert upsert_entities(first, now=NOW) == UpsertReport(unchanged=2)
    assert upsert_entities([first[0], draft(urn=URN + "2", attributes={"a": property_of(2)})], now=NOW) == UpsertReport(
        updated=1, unchanged=1
    )
    assert upsert_entities([], now=NOW) == UpsertReport()


def test_what_is_unchanged_is_not_rewritten():
    upsert_entities([draft(attributes={"a": property_of(1)}, longitude=5.0, latitude=47.0)], now=NOW)
    before = Entity.objects.extra(select={"version": "xmin::text"}).values_list("version", flat=True).get()
    upsert_entities([draft(attributes={"a": {"value": 1, "type": "Property"}}, longitude=5.0, latitude=47.0)], now=NOW)
    assert Entity.objects.extra(select={"version": "xmin::text"}).values_list("version", flat=True).get() == before


def test_unnamed_attributes_and_empty_members_are_kept():
    owner = Organisation.objects.create(kind=Kind.OPERATOR, name="O", short_name="O", slug="o")
    upsert_entities(
        [draft(attributes={"a": property_of(1)}, organisation_id=owner.pk, source="file", scopes=("/x",))], now=NOW
    )
    upsert_entities([draft(attributes={"b": property_of(2)})], now=NOW)
    thing = stored()
    assert sorted(thing.attributes) == ["a", "b"]
    assert (thing.organisation_id, thing.source, thing.scopes) == (owner.pk, "file", ["/x"])


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (None, 1),  # an inventory without date
        ("2026-11-22T11:59:59Z", 1),
        ("2026-11-22T12:00:00Z", 1),
        ("2026-11-22T12:00:01Z", 9),
    ],
)
def test_only_a_newer_observation_replaces_an_observation(instant, expected):
    thing = make_entity(URN)
    apply_readings([reading(thing, 1)], now=NOW)
    told = property_of(9) | ({"observedAt": instant} if instant else {})
    upsert_entities([draft(attributes={"level": told})], now=NOW)
    assert stored().attributes["level"]["value"] == expected


def test_the_place_and_the_location_complete_each_other():
    point = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [5.01, 47.01]}}
    upsert_entities(
        [draft(longitude=5.01, latitude=47.01), draft(urn=URN + "2", attributes={"location": point})], now=NOW
    )
    first, second = Entity.objects.order_by("urn")
    assert first.attributes["location"] == point
    assert (second.longitude, second.latitude) == (5.01, 47.01)


def test_a_polygon_is_kept_and_stood_for_by_a_point_inside():
    ring = [[5.0, 47.0], [5.2, 47.0], [5.2, 47.2], [5.0, 47.0]]
    upsert_entities(
        [draft(attributes={"location": {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [ring]}}})],
        now=NOW,
    )
    thing = stored()
    assert 5.0 < thing.longitude < 5.2
    assert thing.longitude - 5.0 > thing.latitude - 47.0  # below the diagonal
    with pytest.raises(ValueError, match="geometry"):
        upsert_entities(
            [draft(attributes={"location": {"type": "GeoProperty", "value": {"type": "Polygon"}}})], now=NOW
        )


def test_the_commune_is_found_and_found_again_when_the_territory_comes_later():
    upsert_entities([draft(longitude=5.01, latitude=47.01)], now=NOW)
    assert stored().area_code == ""
    make_commune(parent=make_epci(code="200000001"), code="99001", rank=0)
    assert refresh_states(now=NOW) == 1
    assert stored().area_code == "99001"
    assert refresh_states(now=NOW) == 0


def test_the_state_of_a_declared_type_is_found_at_once():
    kind = EntityType(
        name="TestThing",
        label="O",
        plural="O",
        icon="box",
        colour="#000000",
        attributes=(),
        state=lambda _: ThingState.OFF,
    )
    with declared(kind):
        states.entity_types.cache_clear()
        try:
            upsert_entities([draft()], now=NOW)
        finally:
            states.entity_types.cache_clear()
    assert stored().thing_state == ThingState.OFF


def test_of_two_drafts_of_one_thing_the_later_wins():
    upsert_entities([draft(attributes={"a": property_of(1)}), draft(attributes={"a": property_of(2)})], now=NOW)
    assert stored().attributes["a"]["value"] == 2
