"""What the broker writes and deletes is history, instance by instance."""

from datetime import UTC, datetime, timedelta

import pytest

from parvis.kernel import clock
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft
from parvis.telemetry.history.models import Attribute, Departed, Observation, Shape

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_broker")]

CAR = "urn:ngsi-ld:Car:1"


def written(**attributes) -> int:
    told = ask("POST", "/entities", {"id": CAR, "type": "Car"} | attributes)
    assert told.status == 201, told
    return Entity.objects.get(urn=CAR).pk


def rows(name: str = "speed") -> list[tuple[object, object, str]]:
    """Number, rest, shape; oldest first."""
    attributes = Attribute.objects.filter(name=name).values("id")
    found = Observation.objects.filter(attribute_id__in=attributes).order_by("observed_at")
    return [(one.value, one.document, Shape.objects.get(pk=one.shape_id).document) for one in found]


def number(value: object, **more: object) -> dict[str, object]:
    return {"type": "Property", "value": value} | more


@pytest.mark.parametrize(
    ("instance", "row"),
    [
        # a number observed is nothing but a number
        (number(12.5, observedAt="2026-11-01T00:00:00Z"), (12.5, None, '{"type":"Property"}')),
        (number(12, unitCode="KMH"), (12.0, None, '{"type":"Property","unitCode":"KMH","unobserved":true}')),
        (number(True), (1.0, {"value": True}, '{"type":"Property","unobserved":true}')),
        (number("on"), (None, {"value": "on"}, '{"type":"Property","unobserved":true}')),
        (
            number(1, unitCode="a unit nobody knows"),
            (1.0, {"unitCode": "a unit nobody knows"}, '{"type":"Property","unobserved":true}'),
        ),
        (number(2**60 + 1), (None, {"value": 2**60 + 1}, '{"type":"Property","unobserved":true}')),
        (
            {"type": "Relationship", "object": "urn:a:b"},
            (None, {"object": "urn:a:b"}, '{"type":"Relationship","unobserved":true}'),
        ),
        (
            {"type": "LanguageProperty", "languageMap": {"fr": "vite"}},
            (None, {"languageMap": {"fr": "vite"}}, '{"type":"LanguageProperty","unobserved":true}'),
        ),
    ],
)
def test_an_instance_is_a_number_a_shape_and_the_rest(instance, row):
    written(speed=instance)
    assert rows() == [row]


def test_subattributes_are_kept_with_the_instance():
    written(speed=number(3, accuracy=number(0.5)))
    [(value, document, _)] = rows()
    assert value == 3.0
    assert document["accuracy"]["value"] == 0.5


def test_every_write_adds_an_instance_and_the_same_instant_replaces():
    written(speed=number(1, observedAt="2026-11-01T00:00:00Z"))
    for value, at in ((2, "2026-11-01T00:00:01Z"), (3, "2026-11-01T00:00:01.000Z")):
        assert ask("PATCH", f"/entities/{CAR}/attrs", {"speed": number(value, observedAt=at)}).status == 204
    assert [value for value, _, _ in rows()] == [1.0, 3.0]


def test_instances_of_a_dataset_have_a_series_of_their_own():
    written(pace=[number(1), number(2, datasetId="urn:x:gps")])
    assert list(Attribute.objects.filter(name="pace").values_list("dataset_id", flat=True)) == ["", "urn:x:gps"]


def test_two_writes_of_one_transaction_without_time_are_two_instances():
    batch = [{"id": CAR, "type": "Car", "speed": number(value)} for value in (1, 2, 3)]
    assert ask("POST", "/entityOperations/upsert", batch).status == 201
    assert [value for value, _, _ in rows()] == [1.0, 2.0, 3.0]


def test_a_deleted_attribute_leaves_a_record():
    written(speed=number(1, unitCode="KMH"))
    assert ask("DELETE", f"/entities/{CAR}/attrs/speed").status == 204
    assert rows()[-1] == (None, None, '{"deleted":true,"type":"Property","unobserved":true}')


def test_scopes_are_observed_when_they_are_written():
    written(scope="/Metz", speed=number(1))
    assert ask("DELETE", f"/entities/{CAR}/attrs/scope").status == 204
    assert rows("scope") == [
        (None, {"value": ["/Metz"]}, '{"type":"Property"}'),
        (None, None, '{"deleted":true,"type":"Property","unobserved":true}'),
    ]


def test_a_thing_deleted_departs_and_comes_back_under_its_number():
    id_ = written(speed=number(1))
    assert ask("DELETE", f"/entities/{CAR}").status == 204
    gone = Departed.objects.get()
    assert (gone.entity_id, gone.urn, gone.types) == (id_, CAR, ["Car"])
    assert len(rows()) == 2  # the value, the record of its deletion
    assert written(speed=number(2)) == id_
    assert not Departed.objects.exists()
    assert [value for value, _, _ in rows()] == [1.0, None, 2.0]


def test_a_deployment_may_forget_a_thing_with_its_deletion(settings):
    settings.PARVIS_FORGET_WITH_ENTITY = True
    written(speed=number(1))
    assert ask("DELETE", f"/entities/{CAR}").status == 204
    assert rows() == []
    assert not Departed.objects.exists()


def test_a_date_far_away_has_a_table_for_its_year():
    written(
        speed=[
            number(1, observedAt="1830-06-01T00:00:00Z", datasetId="urn:x:1"),
            number(2, observedAt="0001-01-01T00:00:00Z", datasetId="urn:x:2"),
            number(3, observedAt="9999-12-31T23:59:59.999999Z", datasetId="urn:x:3"),
        ]
    )
    assert {one.observed_at.year for one in Observation.objects.all()} == {1, 1830, 9999}


def test_the_row_knows_when_it_was_written():
    before = datetime.now(UTC)
    written(speed=number(1, observedAt="2026-11-01T00:00:00Z"))
    row = Observation.objects.get()
    assert before <= row.written_at <= datetime.now(UTC) + timedelta(seconds=1)
    assert row.observed_at == datetime(2026, 11, 1, tzinfo=UTC)


def inventory(**attributes: object) -> None:
    upsert_entities([EntityDraft(urn=CAR, type="Car", attributes=attributes, scopes=("/fleet",))], now=clock.now())


def test_of_an_inventory_what_is_observed_is_history():
    first, second = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"
    inventory(speed=number(1, observedAt=first), colour=number("red"))
    inventory(speed=number(1, observedAt=first), colour=number("blue"))  # the speed is no news
    inventory(speed=number(2, observedAt=second))
    inventory(speed=number(3, observedAt=first))  # older than what is known: it changes nothing
    assert rows() == [(1.0, None, '{"type":"Property"}'), (2.0, None, '{"type":"Property"}')]
    assert rows("colour") == rows("scope") == []


def test_what_a_thing_is_made_anew_by_an_inventory_leaves_its_past_alone():
    written(speed=number(1, observedAt="2026-11-01T00:00:00Z"))
    assert ask("DELETE", f"/entities/{CAR}").status == 204
    inventory(speed=number(2, observedAt="2026-11-02T00:00:00Z"))
    assert Departed.objects.filter(urn=CAR).exists()
    assert len(rows()) >= 2
