"""What the journal costs: `python -m bench.audit`.

On an embedded PostgreSQL of its own, beside the same rows inserted in a plain table: processor time of the server per entry, alone and
by hundreds in a transaction; transactions of one entry per second, by 1 and by 8 writers; then how fast Python reads the chain again.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import django
import psutil

TRANSACTIONS = 1_000
VERIFIED = 100_000
PLAIN = """CREATE TABLE bench_plain (id bigserial PRIMARY KEY, at timestamptz, actor text, action text, urn text, "right" text,
organisation text, details text)"""
INSERT = """INSERT INTO {} (at, actor, action, urn, "right", organisation, details)
VALUES (now(), 'urn:ngsi-ld:Person:7a1c', 'request.read', 'urn:ngsi-ld:ServiceRequest:42', 'requests.view', 'talant', '{{}}')"""
FILL = """INSERT INTO audit_entry (at, actor, action, urn, "right", organisation, details)
SELECT now(), 'urn:ngsi-ld:Person:' || mod(n, 100), 'request.read', 'urn:ngsi-ld:ServiceRequest:' || n, 'requests.view', 'talant', '{"n":1}'
FROM generate_series(1, %s) AS n"""


def per_second(write: Callable[[], None], writers: int) -> float:
    """Transactions per second of `TRANSACTIONS` shared between threads, each on a connection of its own."""
    from django.db import connection

    def run() -> None:
        write()  # opens the connection
        ready.wait()
        for _ in range(TRANSACTIONS // writers):
            write()
        connection.close()

    ready = threading.Barrier(writers + 1)
    threads = [threading.Thread(target=run) for _ in range(writers)]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return TRANSACTIONS / (time.perf_counter() - started)


def server_us(write: Callable[[], None], rows: int, rounds: int) -> float:
    """Processor time, in µs per row, of the server process behind this thread's connection: hardly moved by a busy machine."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])
    write()
    before = server.cpu_times()
    for _ in range(rounds):
        write()
    after = server.cpu_times()
    return 1e6 * (after.user + after.system - before.user - before.system) / rounds / rows


def inserting(table: str, rows: int = 1) -> Callable[[], None]:
    from django.db import connection, transaction

    statement = INSERT.format(table)

    def write() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for _ in range(rows):
                cursor.execute(statement)

    return write


def measure() -> None:
    from django.db import connection

    from parvis.foundations.audit.services import verify
    from parvis.project.database import migrate

    migrate()
    with connection.cursor() as cursor:
        cursor.execute(PLAIN)
    for rows, rounds in ((1, 400), (100, 20)):
        plain = server_us(inserting("bench_plain", rows), rows, rounds)
        journal = server_us(inserting("audit_entry", rows), rows, rounds)
        print(
            f"{rows:3} a transaction: {journal:5.0f} µs of server per entry, {plain:5.0f} per plain row, ratio {journal / plain:.1f}"
        )
    for writers in (1, 8):
        plain = per_second(inserting("bench_plain"), writers)
        journal = per_second(inserting("audit_entry"), writers)
        print(f"{writers} writers: {journal:7.0f} entries/s, {plain:7.0f} plain rows/s, ratio {plain / journal:.2f}")
    with connection.cursor() as cursor:
        started = time.perf_counter()
        cursor.execute(FILL, [VERIFIED])
        print(
            f"sealing {VERIFIED} entries in one transaction: {VERIFIED / (time.perf_counter() - started):.0f} entries/s"
        )
    started, processor = time.perf_counter(), time.process_time()
    result = verify()
    elapsed, processor = time.perf_counter() - started, time.process_time() - processor
    assert result.fault is None
    print(
        f"verify: {result.checked / elapsed:.0f} entries/s, {1e6 * processor / result.checked:.1f} µs of Python per entry"
    )


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as home:
        Path(home).chmod(0o755)
        os.environ["PARVIS_HOME"] = home
        os.environ.pop("PARVIS_DATABASE_URL", None)
        from parvis.project.database import embedded

        with embedded():
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
            django.setup()
            measure()


if __name__ == "__main__":
    main()
