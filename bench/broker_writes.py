"""Writes through the broker: batches of 1,000 entities of 3 attributes with history, and single PATCH by 16 clients.

Beside them, in the same run and on the same server, what PostgreSQL alone does with the same facts: binary COPY of the observations and
one statement for the state. Every entity is synthetic. `python -m bench.broker_writes`.
"""

import json
import shutil
import statistics
import struct
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import psycopg

from bench.deployment import Deployment, open_broker

ENTITIES = 1000
ATTRIBUTES = ("temperature", "relativeHumidity", "batteryLevel")
BATCHES = 20
RUNS = 3
CLIENTS = 16
PATCH_S = 8


def entity(number: int, turn: int) -> dict[str, object]:
    observed = f"2026-11-22T{turn // 60 % 24:02}:{turn % 60:02}:00Z"
    return {
        "id": f"urn:ngsi-ld:Bench:{number}",
        "type": "Bench",
        **{
            name: {"type": "Property", "value": turn + rank / 10, "observedAt": observed}
            for rank, name in enumerate(ATTRIBUTES)
        },
    }


def post(base: str, body: bytes, options: str = "") -> float:
    request = urllib.request.Request(
        f"{base}/ngsi-ld/v1/entityOperations/upsert{options}",
        data=body,
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    started = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        assert answer.status in (201, 204), answer.status
    return time.perf_counter() - started


def batches(base: str, first_turn: int) -> float:
    """Attribute updates a second."""
    bodies = [
        json.dumps([entity(n, turn) for n in range(ENTITIES)]).encode()
        for turn in range(first_turn, first_turn + BATCHES)
    ]
    elapsed = sum(post(base, body, "?options=update") for body in bodies)
    return BATCHES * ENTITIES * len(ATTRIBUTES) / elapsed


def raw_limit(home: Path) -> float:
    """The same facts a second by COPY and one update, on the same server."""
    with psycopg.connect(database(home)) as connection:
        connection.execute(
            "CREATE TEMP TABLE limit_observation (entity bigint, attribute int, at timestamptz, value float8,"
            " PRIMARY KEY (entity, attribute, at))"
        )
        connection.execute(
            "CREATE TEMP TABLE limit_state (entity bigint, attribute int, at timestamptz, value float8,"
            " PRIMARY KEY (entity, attribute)) WITH (fillfactor = 70)"
        )
        connection.commit()
        started = time.perf_counter()
        for turn in range(BATCHES):
            rows = [(n, a, turn) for n in range(ENTITIES) for a in range(len(ATTRIBUTES))]
            packed = b"".join(
                struct.pack("!hiqiiiqid", 4, 8, n, 4, a, 8, turn * 60_000_000, 8, float(turn)) for n, a, _ in rows
            )
            with (
                connection.cursor() as cursor,
                cursor.copy("COPY limit_observation FROM STDIN (FORMAT BINARY)") as copy,
            ):
                copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + packed + b"\xff\xff")
            connection.execute(
                "INSERT INTO limit_state SELECT * FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[], %s::float8[])"
                " ON CONFLICT (entity, attribute) DO UPDATE SET at = excluded.at, value = excluded.value"
                " WHERE excluded.at > limit_state.at",
                [
                    [n for n, _, _ in rows],
                    [a for _, a, _ in rows],
                    [f"2026-11-22 {turn // 60:02}:{turn % 60:02}+00" for _ in rows],
                    [float(turn) for _ in rows],
                ],
            )
            connection.commit()
        return BATCHES * ENTITIES * len(ATTRIBUTES) / (time.perf_counter() - started)


def database(home: Path) -> str:
    """The address of the embedded server of that deployment."""
    (address,) = home.glob("**/.s.PGSQL.*[0-9]")
    return f"host={address.parent} port={address.name.rpartition('.')[2]} dbname=parvis user=postgres"


def patches(base: str) -> tuple[float, str]:
    """Requests a second of 16 clients, and the latencies wrk saw."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(
            """
            local turn = 0
            function request()
              turn = turn + 1
              local path = "/ngsi-ld/v1/entities/urn:ngsi-ld:Bench:" .. math.random(0, 999) .. "/attrs/temperature"
              return wrk.format("PATCH", path, {["Content-Type"] = "application/json"}, '{"value": ' .. turn .. '}')
            end
            function response(status)
              if status ~= 204 then print("status " .. status) end
            end
            """
        )
        script.flush()
        told = subprocess.run(
            ["wrk", "-t1", f"-c{CLIENTS}", f"-d{PATCH_S}s", "--latency", "-s", script.name, base],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    assert "status" not in told and "Non-2xx" not in told, told
    rate = next(float(line.split()[1]) for line in told.splitlines() if line.startswith("Requests/sec"))
    p99 = next(line.split()[1] for line in told.splitlines() if line.strip().startswith("99%"))
    return rate, p99


def measured(deployment: Deployment) -> None:
    post(deployment.base, json.dumps([entity(n, 0) for n in range(ENTITIES)]).encode())
    rates, limits = [], []
    for run in range(RUNS):
        rates.append(batches(deployment.base, 1 + run * BATCHES))
        limits.append(raw_limit(deployment.home))
        print(f"batch upsert: {rates[-1]:,.0f} attribute updates/s; PostgreSQL alone {limits[-1]:,.0f}/s")
    rate, limit = statistics.median(rates), statistics.median(limits)
    print(f"median: {rate:,.0f} attribute updates/s with history, {rate / limit:.0%} of the raw limit {limit:,.0f}/s")
    if not shutil.which("wrk"):
        print("wrk is not installed: PATCH not measured")
        return
    found = [patches(deployment.base) for _ in range(RUNS)]
    for patched, p99 in found:
        print(f"PATCH, {CLIENTS} clients: {patched:,.0f}/s, p99 {p99}")
    print(f"median: {statistics.median(one for one, _ in found):,.0f} PATCH/s, each committed")


if __name__ == "__main__":
    with open_broker() as served:
        measured(served)
