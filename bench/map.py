"""What the live map of 34,000 things costs the server: `python -m bench.map`.

The data of the map (built by the database as one JSON) against the plain way (rows fetched, encoded in Python); its size and
compression; and, through a real uvicorn, the time from the commit of a reading to the event in a browser.
"""

import gzip
import http.client
import random
import statistics
import threading
import time
from collections.abc import Callable

from bench.load_things import database

THINGS = 34_000
ROUNDS = 9
READINGS = 100


def city() -> list[int]:
    """Ids of as many things as Dijon has lights."""
    from parvis.kernel import clock
    from parvis.telemetry.context.attributes import property_of
    from parvis.telemetry.context.models import Entity
    from parvis.telemetry.context.services import upsert_entities
    from parvis.telemetry.context.values import EntityDraft

    rng = random.Random(1)
    drafts = [
        EntityDraft(
            urn=f"urn:ngsi-ld:Streetlight:{number:05}",
            type="Streetlight" if number % 20 else "StreetlightControlCabinet",
            longitude=round(rng.uniform(4.95, 5.10), 7),
            latitude=round(rng.uniform(47.25, 47.38), 7),
            attributes={
                "name": property_of(f"{number:05}"),
                "status": property_of("ok"),
                "powerRating": property_of(48),
            },
        )
        for number in range(THINGS)
    ]
    upsert_entities(drafts, now=clock.now())
    return list(Entity.objects.order_by("id").values_list("id", flat=True))


def median_ms(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor milliseconds of this process."""
    walls, cpus = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    return statistics.median(walls), statistics.median(cpus)


def columns() -> None:
    import msgspec

    from parvis.foundations.identity.rights import Reach, Scope
    from parvis.telemetry.context.mapping import map_columns
    from parvis.telemetry.context.models import Entity

    everywhere = Scope(reaches=(Reach(organisations=None, areas=None),))

    def plain() -> bytes:
        rows = Entity.objects.order_by("id").values_list(
            "id", "urn", "longitude", "latitude", "type", "state", "area_code"
        )
        return msgspec.json.encode(list(zip(*rows, strict=True)))

    body = map_columns(everywhere)
    wall, cpu = median_ms(lambda: map_columns(everywhere))
    plain_wall, plain_cpu = median_ms(plain)
    print(
        f"{THINGS:,} things: {wall:.0f} ms, of which {cpu:.0f} ms in the web process; {len(body) / 1e6:.2f} MB of JSON"
    )
    print(
        f"rows encoded in Python: {plain_wall:.0f} ms, {plain_cpu:.0f} ms: {plain_cpu / max(cpu, 0.1):.1f} times the web process"
    )
    for level in (1, 5):
        packed = gzip.compress(body, level)
        _wall, cpu = median_ms(lambda level=level: gzip.compress(body, level))  # type: ignore[misc]
        print(
            f"gzip level {level}: {cpu:.0f} ms, {len(packed) / 1e3:.0f} kB ({len(body) / len(packed):.1f} times smaller)"
        )


def follow(port: int, key: str, seen: list[float]) -> http.client.HTTPConnection:
    from django.conf import settings

    browser = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    browser.request("GET", "/live/things", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"})
    stream = browser.getresponse()

    def read() -> None:
        while len(seen) < READINGS:
            if stream.readline().startswith(b"event: things"):
                seen.append(time.perf_counter())

    threading.Thread(target=read, daemon=True).start()
    return browser


def latency(ids: list[int]) -> None:
    from django.test import Client

    from parvis.foundations.identity.tests.factories import make_agent, sign_in
    from parvis.kernel import clock
    from parvis.telemetry.context import doors
    from parvis.telemetry.context.tests.serving import served
    from parvis.telemetry.context.values import Reading
    from parvis.telemetry.history.services import record_readings

    key = sign_in(Client(), make_agent("context.view")).session.session_key
    seen: list[float] = []
    took: list[float] = []
    with served(doors) as site:
        browser = follow(site.port, key, seen)
        for number in range(READINGS):
            now = clock.now()
            reading = Reading(entity_id=ids[number], attribute="powerConsumption", value=number, observed_at=now)
            record_readings([reading], now=now)
            committed = time.perf_counter()
            while len(seen) <= number:
                time.sleep(0.001)
            took.append((seen[number] - committed) * 1000)
        browser.close()
    took.sort()
    print(
        f"commit to event in the browser: median {statistics.median(took):.0f} ms, p95 {took[94]:.0f} ms (200 ms are the window)"
    )


def main() -> None:
    with database():
        ids = city()
        columns()
        latency(ids)


if __name__ == "__main__":
    main()
