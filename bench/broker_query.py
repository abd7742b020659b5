"""Queries through the broker: 100,000 entities of one type, 20,000 of others, pages of 20: `python -m bench.broker_query`.

A real `parvis serve --open-broker`; everything is written and asked over HTTP. For each kind of query, 50 requests a second are sent
at fixed instants for some seconds (a late answer does not delay the next request), three times; printed are the median of the three
p50, p95 and the worst p99, from the instant at which the request was due. Before, each kind is asked until its values are kept in
order, and that time is told. Beside them, one client writes 10 attributes a second, so that nothing stays as it was built. The last column is the processor time
of the whole deployment for one request.
"""

import argparse
import asyncio
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from bench.deployment import Deployment, open_broker

ENTITIES = 100_000
OTHERS = 20_000
BATCH = 1000
RATE = 50
SECONDS = 8
ROUNDS = 3
BUILT_MS = 60
LONGEST_BUILD_S = 60

Parameters = dict[str, str]


def sensor(number: int, rng: random.Random, kind: str = "AirQualitySensor") -> dict[str, object]:
    """Ten attributes, as an air quality station has them."""

    def measured(value: float, unit: str) -> dict[str, object]:
        return {"type": "Property", "value": value, "unitCode": unit, "observedAt": "2026-11-22T12:00:00Z"}

    entity: dict[str, object] = {
        "id": f"urn:ngsi-ld:{kind}:{number:06}",
        "type": kind,
        "scope": f"/city/district{rng.randrange(40)}/{rng.choice(['roads', 'parks', 'schools'])}",
        "serial": f"SN-{number:06}",
        "status": rng.choices(["ok", "off", "faulty"], [94, 5.5, 0.5])[0],
        "temperature": measured(round(rng.gauss(15, 8), 1), "CEL"),
        "relativeHumidity": measured(rng.randint(10, 100), "P1"),
        "no2": measured(round(rng.expovariate(1 / 25), 1), "GQ"),
        "batteryLevel": measured(rng.randint(0, 100), "P1"),
        "model": f"model-{rng.randrange(300)}",
        "refDevice": {"type": "Relationship", "object": f"urn:ngsi-ld:Device:{number // 10}"},
        "address": {
            "addressLocality": rng.choice(["Dijon", "Chenôve", "Talant"]),
            "streetAddress": f"{number} rue Neuve",
        },
        "location": {
            "type": "GeoProperty",
            "value": {
                "type": "Point",
                "coordinates": [round(rng.uniform(4.9, 5.2), 6), round(rng.uniform(47.2, 47.4), 6)],
            },
        },
    }
    if number % 1000 == 0:
        entity["calibration"] = {"type": "Property", "value": number}
    return entity


def kinds() -> dict[str, Callable[[random.Random], Parameters]]:
    """What is asked, with another value each time."""
    near = {"georel": "near;maxDistance==500", "geometry": "Point"}
    typed = {"type": "AirQualitySensor"}

    def place(rng: random.Random) -> str:
        return f"[{rng.uniform(4.95, 5.15):.5f},{rng.uniform(47.25, 47.35):.5f}]"

    return {
        "type only": lambda rng: typed,
        "q == on a text, 1 match": lambda rng: typed | {"q": f'serial=="SN-{rng.randrange(ENTITIES):06}"'},
        "q == on a text, 333 matches": lambda rng: typed | {"q": f'model=="model-{rng.randrange(300)}"'},
        "q == on a relationship, 10 matches": lambda rng: (
            typed | {"q": f"refDevice==urn:ngsi-ld:Device:{rng.randrange(ENTITIES // 10)}"}
        ),
        "q > on a number, 0.05 % match": lambda rng: typed | {"q": f"no2>{190 + rng.random():.2f}"},
        "q > on a number, 60 % match": lambda rng: typed | {"q": f"temperature>{12 + rng.random():.2f}"},
        "q .. on a number, 5 % match": lambda rng: typed | {"q": f"temperature=={20 + rng.random():.2f}..21.8"},
        "q existence, 0.1 % have it": lambda rng: typed | {"q": "calibration"},
        "q existence, all have it": lambda rng: typed | {"q": "no2"},
        "q within a value, 33 % match": lambda rng: typed | {"q": 'address[addressLocality]=="Talant"'},
        "q and, 60 % and 0.5 %": lambda rng: typed | {"q": f'temperature>{12 + rng.random():.2f};status=="faulty"'},
        "q > 60 % with scope, 2.5 %": lambda rng: (
            typed | {"q": f"temperature>{12 + rng.random():.2f}", "scopeQ": f"/city/district{rng.randrange(40)}/#"}
        ),
        "q == with count": lambda rng: typed | {"q": f'model=="model-{rng.randrange(300)}"', "count": "true"},
        "near 500 m, about 130 match": lambda rng: typed | near | {"coordinates": place(rng)},
        "near 5 km, 13 % match": lambda rng: (
            typed | near | {"georel": "near;maxDistance==5000", "coordinates": place(rng)}
        ),
        "near 500 m and q": lambda rng: typed | near | {"coordinates": place(rng), "q": "batteryLevel<50"},
    }


async def fill(session: aiohttp.ClientSession) -> float:
    rng = random.Random(1)
    began = time.perf_counter()
    for kind, total in (("AirQualitySensor", ENTITIES), ("Bench", OTHERS // 2), ("Bin", OTHERS // 2)):
        for start in range(0, total, BATCH):
            batch = [sensor(number, rng, kind) for number in range(start, min(start + BATCH, total))]
            async with session.post("entityOperations/create", json=batch) as answer:
                assert answer.status == 201, await answer.text()
    return time.perf_counter() - began


async def ask(session: aiohttp.ClientSession, parameters: Parameters) -> int:
    async with session.get(f"entities?{urlencode(parameters)}") as answer:
        body = await answer.json()
        assert answer.status == 200, body
        return len(body)


async def built(session: aiohttp.ClientSession, make: Callable[[random.Random], Parameters]) -> tuple[float, float]:
    """The first answer's milliseconds, and the seconds until answers were quick."""
    rng = random.Random(2)
    began = time.perf_counter()
    first = 0.0
    quick = 0
    while quick < 3 and time.perf_counter() - began < LONGEST_BUILD_S:
        start = time.perf_counter()
        await ask(session, make(rng))
        took = (time.perf_counter() - start) * 1000
        first = first or took
        quick = quick + 1 if took < BUILT_MS else 0
        await asyncio.sleep(0.02)
    return first, time.perf_counter() - began


async def round_of(
    session: aiohttp.ClientSession, make: Callable[[random.Random], Parameters], seed: int
) -> list[float]:
    """Milliseconds of each answer, from when its request was due."""
    rng = random.Random(seed)
    began = time.perf_counter() + 0.1
    took: list[float] = []

    async def one(number: int) -> None:
        due = began + number / RATE
        await asyncio.sleep(max(0, due - time.perf_counter()))
        await ask(session, make(rng))
        took.append((time.perf_counter() - due) * 1000)

    await asyncio.gather(*(one(number) for number in range(RATE * SECONDS)))
    return sorted(took)


async def writes(session: aiohttp.ClientSession, stop: asyncio.Event) -> None:
    rng = random.Random(3)
    while not stop.is_set():
        urn = f"urn:ngsi-ld:AirQualitySensor:{rng.randrange(ENTITIES):06}"
        fragment = {"temperature": {"type": "Property", "value": round(rng.gauss(15, 8), 1), "unitCode": "CEL"}}
        async with session.patch(f"entities/{urn}/attrs", json=fragment) as answer:
            assert answer.status == 204, await answer.text()
        await asyncio.sleep(0.1)


def server_cpu_ms(deployment: Deployment) -> float:
    """Processor time of the deployment so far, PostgreSQL included: unlike wall time, it does not depend on who else is there."""
    found = {
        deployment.pid,
        *(int(path.read_text().split()[0]) for path in deployment.home.glob("postgres*/postmaster.pid")),
    }
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        stats[int(path.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    while more := {pid for pid, (parent, _) in stats.items() if parent in found and pid not in found}:
        found |= more
    return sum(stats[pid][1] for pid in found if pid in stats) * 1000 / os.sysconf("SC_CLK_TCK")


async def measure(deployment: Deployment, only: str) -> None:
    base = deployment.base
    connector = aiohttp.TCPConnector(limit=64)
    async with aiohttp.ClientSession(f"{base}/ngsi-ld/v1/", connector=connector) as session:
        if not await ask(session, {"type": "AirQualitySensor", "limit": "1"}):
            print(
                f"{ENTITIES + OTHERS:,} entities written in {await fill(session):.0f} s, over HTTP, with their history"
            )
        stop = asyncio.Event()
        writer = asyncio.create_task(writes(session, stop))
        print(f"{'':38} {'first ms':>8} {'kept s':>6} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7} {'CPU ms':>7}")
        for name, make in kinds().items():
            if only not in name:
                continue
            first, build_s = await built(session, make)
            began = server_cpu_ms(deployment)
            rounds = [await round_of(session, make, seed) for seed in range(ROUNDS)]
            cpu = (server_cpu_ms(deployment) - began) / (RATE * SECONDS * ROUNDS)
            p50, p95 = (statistics.median(one[int(len(one) * part)] for one in rounds) for part in (0.5, 0.95))
            p99 = max(one[int(len(one) * 0.99)] for one in rounds)
            print(f"{name:38} {first:8.0f} {build_s:6.1f} {p50:7.1f} {p95:7.1f} {p99:7.1f} {cpu:7.1f}", flush=True)
        stop.set()
        await writer


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    parser.add_argument("--home", type=Path, help="keep the deployment here, and use the one that is there")
    arguments = parser.parse_args()
    with open_broker(home=arguments.home) as deployment:
        asyncio.run(measure(deployment, arguments.only))


if __name__ == "__main__":
    main()
