"""The past: bytes an observation, compaction, one thing over thirty days, a question over everything.

Ten million invented observations: 700 things of five types, five attributes each, thirty days at fifteen minutes. Values are rounded as
sensors round them (0.1 °C, 1 %, 0.01 V), with noise; instants are each device's own, a few milliseconds off; `written_at` is later
by a latency drawn for each uplink (log-normal, median 0.4 s, to the microsecond). Sizes depend on such things: less regular values cost more.
"""

import json
import os
import statistics
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import psutil

from bench.ingest import database, web

THINGS = int(os.environ.get("BENCH_THINGS", "700"))
FIRST = date(2026, 10, 1)
DAYS = 30
ROUNDS = 5
READS = 200
TYPES = ("AirQualityObserved", "OffStreetParking", "Streetlight", "WasteContainer", "WeatherObserved")
ATTRIBUTES = ("temperature", "relativeHumidity", "pm10", "batteryVoltage", "filling")

ROWS = """
INSERT INTO history_observation (entity_id, attribute_id, shape_id, observed_at, written_at, value)
WITH uplink AS MATERIALIZED (
    SELECT e.id, e.row_number AS n, slot,
        %(start)s + slot * interval '15 minutes' + (e.id * 7919 %% 890 + round((random() * 4)::numeric, 3)::float8) * interval '1 second' AS at,
        exp(ln(0.4) + 0.5 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())) * interval '1 second' AS latency
    FROM (SELECT id, row_number() OVER (ORDER BY id) FROM context_entity WHERE tenant_id = 0) AS e, generate_series(0, 95) AS slot
)
SELECT id, attribute, %(shape)s, at, at + latency, round((CASE attribute
        WHEN %(temperature)s THEN 14 + 5 * sin(slot * 2 * pi() / 96 - 2) + n %% 7 / 3.0 + random() - 0.5
        WHEN %(relativeHumidity)s THEN 65 - 15 * sin(slot * 2 * pi() / 96 - 2) + 6 * random()
        WHEN %(pm10)s THEN 18 + 12 * sin(n + slot / 9.0) + 25 * random() * random()
        WHEN %(batteryVoltage)s THEN 3.6 - %(day)s / 300.0 - n %% 11 / 100.0 + 0.02 * random()
        ELSE least(100, slot + n %% 30 + 3 * random())
    END)::numeric, CASE attribute WHEN %(temperature)s THEN 1 WHEN %(batteryVoltage)s THEN 2 ELSE 0 END)::float8
FROM uplink, unnest(%(attributes)s::integer[]) AS attribute
"""

HOURLY_IN_POSTGRESQL = """
SELECT e.type, date_trunc('hour', o.observed_at), avg(o.value)
FROM history_observation o JOIN context_entity e ON e.id = o.entity_id
WHERE o.attribute_id = %s AND o.observed_at >= %s AND o.observed_at < %s GROUP BY 1, 2
"""

ALL_IN_POSTGRESQL = """
SELECT e.type, o.attribute_id, date_trunc('hour', o.observed_at), avg(o.value)
FROM history_observation o JOIN context_entity e ON e.id = o.entity_id
WHERE o.observed_at >= %s AND o.observed_at < %s GROUP BY 1, 2, 3
"""


def start() -> datetime:
    return datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)


def fill() -> dict[str, int]:
    """The numbers of the attributes."""
    from django.db import connection

    from parvis.telemetry.context.services import upsert_entities
    from parvis.telemetry.context.values import EntityDraft
    from parvis.telemetry.history.names import AttributeKey, ShapeKey, attribute_ids, shape_ids
    from parvis.telemetry.history.partitions import make_partitions

    drafts = [
        EntityDraft(
            urn=f"urn:ngsi-ld:{TYPES[number % 5]}:bench-{number}",
            type=TYPES[number % 5],
            longitude=5.0 + number % 23 / 100,
            latitude=47.3,
        )
        for number in range(THINGS)
    ]
    upsert_entities(drafts, now=start())
    keys = {name: AttributeKey(name) for name in ATTRIBUTES}
    numbers = attribute_ids(keys.values())
    ids = {name: numbers[key] for name, key in keys.items()}
    days = [FIRST + timedelta(days=day) for day in range(DAYS)]
    make_partitions(days)
    shape = ShapeKey()
    began = time.perf_counter()
    with connection.cursor() as cursor:
        for number, _day in enumerate(days):
            given = {"start": start() + timedelta(days=number), "day": number, "shape": shape_ids([shape])[shape]}
            cursor.execute(ROWS, given | ids | {"attributes": list(ids.values())})
        cursor.execute("UPDATE context_entity SET area_code = '21' || lpad((id % 23)::text, 3, '0')")
        cursor.execute("VACUUM ANALYZE history_observation")
        cursor.execute("VACUUM ANALYZE context_entity")
        cursor.execute(
            "SELECT (SELECT count(*) FROM history_observation),"
            " (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'history_observation'::regclass)"
        )
        rows, size = cursor.fetchone()
    print(
        f"{rows:,} observations made in {time.perf_counter() - began:.0f} s; PostgreSQL: {size / rows:.0f} bytes each"
    )
    return ids


def median_ms(run: Callable[[], object]) -> tuple[float, str]:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        run()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), ", ".join(f"{one:.0f}" for one in took)


def percentile(took: list[float], share: float) -> float:
    return sorted(took)[min(len(took) - 1, int(len(took) * share))]


def in_postgresql(attribute: int) -> tuple[float, float]:
    from django.db import connection

    def run(text: str, *given: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(text, given)
            cursor.fetchall()

    end = start() + timedelta(days=DAYS)
    one, one_all = median_ms(lambda: run(HOURLY_IN_POSTGRESQL, attribute, start(), end))
    every, every_all = median_ms(lambda: run(ALL_IN_POSTGRESQL, start(), end))
    print(f"  PostgreSQL: one attribute {one:.0f} ms ({one_all}), all five {every:.0f} ms ({every_all})")
    return one, every


def compaction() -> None:
    from parvis.telemetry.history.lake.compaction import compact
    from parvis.telemetry.history.lake.models import LakeFile

    for name, now in (("days", datetime(2026, 11, 3, tzinfo=UTC)), ("month", datetime(2026, 11, 4, tzinfo=UTC))):
        began, spent = time.perf_counter(), time.process_time()
        report = compact(now)
        took, spent = time.perf_counter() - began, time.process_time() - spent
        files = list(LakeFile.objects.active())
        rows, size = sum(file.rows for file in files), sum(file.bytes for file in files)
        print(
            f"  {name}: {took:.1f} s ({spent:.1f} s of processor in this process) for {report.rows:,} rows, {len(files)} files,"
            f" {size / rows:.2f} bytes an observation"
        )
        reads(name)


def reads(name: str) -> None:
    """One thing over thirty days, straight from the lake: each time another thing."""
    from parvis.telemetry.context.models import Entity
    from parvis.telemetry.history.lake.reading import read
    from parvis.telemetry.history.models import Attribute

    ids = list(Entity.objects.order_by("id").values_list("pk", flat=True))
    temperature = Attribute.objects.get(name="temperature").pk
    for what, attributes in (("one attribute", [temperature]), ("five attributes", None)):
        took = []
        spent = time.process_time()
        for number in range(READS):
            began = time.perf_counter()
            rows = read([ids[number * 37 % len(ids)]], attributes, start(), start() + timedelta(days=DAYS))
            took.append((time.perf_counter() - began) * 1000)
        print(
            f"  one thing, {what}, 30 days from {name} files ({len(rows)} rows): median {statistics.median(took):.0f} ms,"
            f" p95 {percentile(took, 0.95):.0f} ms, {(time.process_time() - spent) / READS * 1000:.0f} ms of processor"
        )


def temporal_api() -> None:
    """The same through HTTP, by one client that waits for each answer."""
    os.environ |= {"PARVIS_OPEN_BROKER": "1", "PARVIS_TEMPORAL_PAGE": "10000", "PARVIS_DEFAULT_CONTEXT": "parvis"}
    end = start() + timedelta(days=DAYS)
    query = f"?attrs=temperature&timerel=between&timeAt={start():%Y-%m-%dT%H:%M:%SZ}&endTimeAt={end:%Y-%m-%dT%H:%M:%SZ}"
    with web() as (port, pid):
        server = psutil.Process(pid)
        for options in ("", "&options=temporalValues"):
            took, size, points = [], 0, 0
            before = sum(server.cpu_times()[:2])
            for number in range(READS):
                thing = number * 37 % THINGS
                urn = f"urn:ngsi-ld:{TYPES[thing % 5]}:bench-{thing}"
                url = f"http://127.0.0.1:{port}/ngsi-ld/v1/temporal/entities/{urn}{query}{options}"
                began = time.perf_counter()
                with urllib.request.urlopen(url, timeout=60) as answer:
                    body = answer.read()
                took.append((time.perf_counter() - began) * 1000)
                size = len(body)
            found = json.loads(body)["temperature"]
            points = len(found["values"] if isinstance(found, dict) else found)
            print(
                f"  GET /temporal/entities/… {options or 'normalized':<24} {points} instances, {size:,} bytes:"
                f" median {statistics.median(took):.0f} ms, p95 {percentile(took, 0.95):.0f} ms,"
                f" {(sum(server.cpu_times()[:2]) - before) / READS * 1000:.0f} ms of processor in the server"
            )


def from_the_lake(in_rows: tuple[float, float]) -> None:
    """The question of the observatory, as its page and command ask it."""
    from parvis.kernel.contributions import AttributeSpec, EntityType, ThingState
    from parvis.kernel.manifest import Manifest
    from parvis.kernel.registry import registry
    from parvis.telemetry.context.states import entity_types
    from parvis.telemetry.history.observatory.answering import answer
    from parvis.telemetry.history.observatory.questions import Group, Kind, Period, Question, Step

    specs = tuple(AttributeSpec(name=name, label=name) for name in ATTRIBUTES)
    kinds = (
        EntityType(
            name=name, label=name, plural=name, icon="x", colour="#000", attributes=specs, state=lambda _: ThingState.OK
        )
        for name in TYPES
    )
    registry.add(Manifest(name="bench", label="bench", provides=tuple(kinds)))
    entity_types.cache_clear()
    period = Period(first_day=FIRST, last_day=FIRST + timedelta(days=DAYS - 1))
    now = datetime(2026, 11, 4, tzinfo=UTC)

    def ask(attribute: str, kind: Kind = Kind.MEAN, **more: object) -> int:
        asked = {"step": Step.HOUR, "groups": (Group.TYPE,)} | more
        return len(answer(Question(kind=kind, attribute=attribute, period=period, **asked), now=now).rows)  # type: ignore[arg-type]

    one, one_all = median_ms(lambda: ask("temperature"))
    every, every_all = median_ms(lambda: [ask(name) for name in ATTRIBUTES])
    print(f"  lake: one attribute {one:.0f} ms ({one_all}), all five, asked one by one, {every:.0f} ms ({every_all})")
    print(f"  PostgreSQL / lake: {in_rows[0] / one:.0f} and {in_rows[1] / every:.0f}")
    for kind, more in (
        (Kind.PERCENTILES, {}),
        (Kind.ABOVE, {"threshold": 20.0, "step": Step.DAY}),
        (Kind.MEAN, {"groups": (Group.TYPE, Group.COMMUNE)}),
    ):
        took, took_all = median_ms(lambda kind=kind, more=more: ask("temperature", kind, **more))  # type: ignore[misc]
        print(f"  {kind} {more or ''}: {took:.0f} ms ({took_all})")


def main() -> None:
    with database():
        ids = fill()
        print("Hourly mean by type over 30 days:")
        in_rows = in_postgresql(ids["temperature"])
        print(f"Compaction (load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors):")
        compaction()
        print("Hourly mean by type over 30 days, from the lake:")
        from_the_lake(in_rows)
        print("Temporal API, one client:")
        temporal_api()


if __name__ == "__main__":
    main()
