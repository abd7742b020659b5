"""The SensorThings door over 100,000 things and a million observations: `python -m bench.sensorthings`.

Each question is asked of the door without a server, ROUNDS times; medians. The answers are whole: parsed, read, encoded.
"""

import random
import statistics
import time
from datetime import timedelta
from urllib.parse import quote

from bench.load_things import database

THINGS = 100_000
OBSERVED = 500
OBSERVATIONS = 600
ROUNDS = 9

QUESTIONS = (
    ("100 things", "Things", {}),
    ("100 things, the last", "Things", {"skip": THINGS - 100}),
    ("how many things", "Things", {"count": "true", "top": 0}),
    ("things by name", "Things", {"filter": "name eq '00042'"}),
    ("things by an attribute", "Things", {"filter": "properties/powerRating gt 99", "top": 20}),
    ("things near", "Things", {"filter": "geo.distance(Locations/location, geography'POINT(5.02 47.3)') lt 0.002"}),
    ("things within a square", "Things", {"filter": "st_within(Locations/location, geography'POLYGON((5 47.3,5.01 47.3,5.01 47.31,5 47.31,5 47.3))')"}),
    ("100 datastreams", "Datastreams", {}),
    ("100 things with their last observations", "Things", {"expand": "Datastreams($expand=Observations($top=1;$orderby=phenomenonTime desc))"}),
    ("100 observations of a datastream", "Datastreams({stream})/Observations", {}),
    ("the newest 1,000", "Datastreams({stream})/Observations", {"orderby": "phenomenonTime desc", "top": 1000}),
    ("those of an hour, above 20", "Datastreams({stream})/Observations", {"filter": "phenomenonTime ge {hour} and result gt 20"}),
    ("observed properties (first time)", "ObservedProperties", {}),
)  # fmt: skip


def city() -> str:
    """The number of a Datastream."""
    from django.db import connection

    from parvis.kernel import clock
    from parvis.telemetry.context.attributes import property_of
    from parvis.telemetry.context.models import Entity
    from parvis.telemetry.context.services import upsert_entities
    from parvis.telemetry.context.values import EntityDraft, Reading
    from parvis.telemetry.history.models import Attribute
    from parvis.telemetry.history.services import record_past, record_readings

    rng, now = random.Random(1), clock.now()
    drafts = [
        EntityDraft(
            urn=f"urn:ngsi-ld:Streetlight:{number:05}",
            type="Streetlight",
            longitude=round(rng.uniform(4.95, 5.10), 7),
            latitude=round(rng.uniform(47.25, 47.38), 7),
            attributes={"name": property_of(f"{number:05}"), "powerRating": property_of(rng.randrange(100))},
        )
        for number in range(THINGS)
    ]
    upsert_entities(drafts, now=now)
    things = list(Entity.objects.order_by("id").values_list("id", flat=True))
    record_readings(
        [
            Reading(entity_id=thing, attribute=name, value=rng.random() * 50, observed_at=now, unit_code="WTT")
            for thing in things
            for name in ("powerConsumption", "temperature")
        ],
        now=now,
    )
    for number in range(OBSERVATIONS):
        at = now - timedelta(minutes=15 * (number + 1))
        record_past(
            [
                Reading(
                    entity_id=thing,
                    attribute="powerConsumption",
                    value=rng.random() * 50,
                    observed_at=at,
                    unit_code="WTT",
                )
                for thing in things[:OBSERVED]
            ],
            now=now,
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE context_entity")
        cursor.execute("ANALYZE history_observation")
    return str(things[OBSERVED // 2] * 1_000_000 + Attribute.objects.get(name="powerConsumption").pk)


def main() -> None:
    from parvis.kernel import clock
    from parvis.telemetry.history.sensorthings import catalogue
    from parvis.telemetry.history.sensorthings.serving import Asked, answer

    stream = city()
    hour = (clock.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    print(f"{THINGS:,} things, {OBSERVED * OBSERVATIONS + 2 * THINGS:,} observations; medians of {ROUNDS}, ms")
    for label, path, options in QUESTIONS:
        query = "&".join(f"${name}={quote(str(text).replace('{hour}', hour))}" for name, text in options.items())
        asked = Asked(method="GET", path=path.format(stream=stream), query=query, base="http://city", now=clock.now())
        walls = []
        for _ in range(ROUNDS):
            catalogue.forget()
            begun = time.perf_counter()
            given = answer(asked)
            walls.append((time.perf_counter() - begun) * 1000)
            assert given.status == 200, given.body
        print(f"  {label:45} {statistics.median(walls):8.1f}  {len(given.body):>9,} bytes")


if __name__ == "__main__":
    with database():
        main()
