"""The past is one, whether its days are still in PostgreSQL or in the lake already."""

from datetime import timedelta

import pytest
from django.db import connection

from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.tests.factories import NOW
from parvis.telemetry.context.values import Reading
from parvis.telemetry.history.lake.compaction import compact
from parvis.telemetry.history.lake.models import LakeFile
from parvis.telemetry.history.models import Attribute, Observation, Shape
from parvis.telemetry.history.partitions import make_partitions
from parvis.telemetry.history.rules import day_of
from parvis.telemetry.history.sensorthings import past
from parvis.telemetry.history.sensorthings.tests.factories import ask, get, ids, make_thing, refused, values
from parvis.telemetry.history.services import record_past, record_readings

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = 14


def a_past(thing: Entity, attribute: str = "powerConsumption", *, text: bool = False) -> int:
    """Twice a day for two weeks, the last at NOW."""
    readings = [
        Reading(
            entity_id=thing.pk,
            attribute=attribute,
            value=f"state {number % 3}" if text else float(number % 7),
            observed_at=NOW - timedelta(hours=12 * number),
            unit_code="" if text else "WTT",
        )
        for number in range(2 * DAYS)
    ]
    record_readings(readings[:1], now=NOW)
    record_past(readings[1:], now=NOW)
    return thing.pk * 1_000_000 + Attribute.objects.get(name=attribute, dataset_id="").pk


QUESTIONS = (
    ("Datastreams({stream})/Observations", {}),
    ("Datastreams({stream})/Observations", {"top": 10, "skip": 25}),
    ("Datastreams({stream})/Observations", {"top": 10, "orderby": "phenomenonTime desc"}),
    ("Datastreams({stream})/Observations", {"top": 30, "skip": 20, "orderby": "phenomenonTime desc"}),
    ("Datastreams({stream})/Observations", {"count": "true", "top": 1}),
    ("Datastreams({stream})/Observations", {"filter": "phenomenonTime ge 2026-11-12T00:00:00Z and resultTime lt 2026-11-15"}),
    ("Datastreams({stream})/Observations", {"filter": "2026-11-12T12:00:00Z lt phenomenonTime and phenomenonTime le now() sub duration'P8D'"}),
    ("Datastreams({stream})/Observations", {"filter": "phenomenonTime eq 2026-11-12T12:00:00Z"}),
    ("Datastreams({stream})/Observations", {"filter": "phenomenonTime gt 2026-11-21"}),
    ("Datastreams({stream})/Observations", {"filter": "result eq 3", "count": "true"}),
    ("Datastreams({stream})/Observations", {"filter": "result gt 4 and hour(phenomenonTime) eq 0", "orderby": "result desc,id", "top": 5}),
    ("Datastreams({stream})/Observations", {"filter": "Datastream/Thing/name eq 'Darcy' and phenomenonTime lt 2026-11-12", "select": "result"}),
    ("Datastreams({stream})/Observations", {"resultFormat": "dataArray", "top": 60}),
    ("Datastreams({states})/Observations", {"filter": "endswith(result, '1')"}),
    ("FeaturesOfInterest({thing})/Observations", {"top": 100, "count": "true"}),
    ("FeaturesOfInterest({thing})/Observations", {"orderby": "phenomenonTime desc", "top": 7}),
    ("Things", {"expand": "Datastreams($expand=Observations($top=2;$orderby=phenomenonTime desc))"}),
    ("Things", {"expand": "Datastreams($expand=Observations($top=2;$count=true;$expand=FeatureOfInterest))"}),
    ("Datastreams", {"expand": "Observations($filter=result eq 3;$top=1)"}),
    ("Datastreams({stream})", {}),
    ("Datastreams({stream})/phenomenonTime", {}),
    ("Observations('{oldest}')", {"expand": "Datastream"}),
    ("Datastreams({stream})/Observations('{oldest}')/result/$value", {}),
    ("Datastreams({states})/Observations('{oldest}')", {}),
    ("Observations('{stream}_5')", {}),
)  # fmt: skip


def test_every_question_has_one_answer(lake, monkeypatch):
    monkeypatch.setattr(past, "_LONGEST_WINDOW", 4)  # so that pages span several
    thing, other = make_thing(name="Darcy", longitude=5, latitude=47), make_thing(name="Gare")
    named = {"thing": thing.pk, "stream": a_past(thing), "states": a_past(thing, "powerState", text=True)}
    a_past(other)
    named["oldest"] = ids(f"Datastreams({named['stream']})/Observations", top=1)[0]

    def answers() -> list[tuple[int, bytes]]:
        found = [ask(path.format(**named), **options) for path, options in QUESTIONS]
        return [(given.status, given.body) for given in found]

    before = answers()
    compact(NOW)
    assert LakeFile.objects.active().exists()
    assert Observation.objects.filter(observed_at__lt=NOW - timedelta(days=10)).count() == 0
    for question, expected, found in zip(QUESTIONS, before, answers(), strict=True):
        assert found == expected, question
    assert [status for status, _body in before].count(404) == 2


def test_corrections_and_erasures_win_over_the_lake(lake):
    thing = make_thing()
    stream = a_past(thing)
    compact(NOW)
    [first, second] = values(f"Datastreams({stream})/Observations", top=2)
    at = NOW - timedelta(hours=12 * (2 * DAYS - 1))
    shapes = [
        Shape.objects.get_or_create(document=text)[0].pk
        for text in ('{"type":"Property"}', '{"erased":true,"type":"Property"}')
    ]
    for moment, shape, value in ((at, shapes[0], 99.0), (at + timedelta(hours=12), shapes[1], None)):
        make_partitions([day_of(moment)])
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO history_observation (entity_id, attribute_id, shape_id, observed_at, written_at, value) VALUES (%s, %s, %s, %s, %s, %s)",
                [thing.pk, stream % 1_000_000, shape, moment, NOW, value],
            )
    found = values(f"Datastreams({stream})/Observations", top=2)
    assert found[0] == {**first, "result": 99}
    assert found[1]["@iot.id"] != second["@iot.id"]
    assert ask(f"Observations('{second['@iot.id']}')").status == 404
    assert values(f"Datastreams({stream})/Observations", filter="result gt 90")[0]["@iot.id"] == first["@iot.id"]


def test_strangers_have_no_past_to_see(lake):
    hidden = make_thing(type="TestSecret")
    stream = a_past(hidden)
    compact(NOW)
    micros = int((NOW - timedelta(hours=12 * 20)).timestamp()) * 1_000_000
    assert ask(f"Observations('{stream}_{micros}')").status == 404


def test_too_much_of_the_past_is_refused(lake, monkeypatch):
    stream = a_past(make_thing())
    compact(NOW)
    monkeypatch.setattr(past, "MOST_ROWS", 15)
    assert "narrow" in refused(f"Datastreams({stream})/Observations", filter="result eq 3")
    assert get(f"Datastreams({stream})/Observations", top=5)["@iot.nextLink"]
