"""How long an inventory takes to load: `python -m bench.load_things [FILE --type T]`.

The 29,969 lights of Montpellier when they are there, as many invented ones otherwise; in a database of its own, three times
from empty, then again without change, against the time PostgreSQL needs to copy the same rows into an unindexed table (the floor).
"""

import argparse
import csv
import io
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROUNDS = 3
LIGHTS = 29_969
PROMISE_S = 15
REAL = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@contextmanager
def database() -> Iterator[None]:
    """An embedded PostgreSQL of its own, migrated, with Django on it; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as home:
        Path(home).chmod(0o755)
        os.environ.update({"PARVIS_HOME": home, "DJANGO_SETTINGS_MODULE": "parvis.project.settings"})
        os.environ.pop("PARVIS_DATABASE_URL", None)
        from parvis.project.database import embedded, migrate

        with embedded():
            import django
            from django.db import connections

            django.setup()
            migrate()
            yield
            connections.close_all()


def invented(directory: Path) -> Path:
    """As many lights as Montpellier has, in its columns."""
    rng = random.Random(1)
    path = directory / "lights.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "lantern_type", "lon", "lat", "sub_district_id"])
        for number in range(LIGHTS):
            place = [round(rng.uniform(3.80, 3.95), 7), round(rng.uniform(43.57, 43.65), 7)]
            rows.writerow([f"EP-{number:05}", rng.choice(["LANTERNE", "PROJECTEUR"]), *place, rng.randrange(1, 32)])
    return path


def territory() -> None:
    from parvis.foundations.territory.services import load_territory
    from parvis.kernel import clock

    boundaries = REAL / "boundaries" / "communes-montpellier.geojson"
    if boundaries.exists():
        load_territory(epci="243400017", boundaries=boundaries, now=clock.now(), progress=lambda text: None)


def timed(path: Path, kind: str) -> tuple[float, float, str]:
    """Wall seconds, CPU seconds of this process (those do not depend on who else uses the machine), the report."""
    from parvis.kernel import clock
    from parvis.telemetry.context.loading import load_things

    began, cpu = time.perf_counter(), time.process_time()
    report = load_things(path, type=kind, now=clock.now())
    return time.perf_counter() - began, time.process_time() - cpu, str(report)


def floor_s() -> float:
    """The rows just loaded, copied out and into a table without index."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE floor (LIKE context_entity INCLUDING DEFAULTS)")
        copied = io.BytesIO()
        with cursor.copy("COPY context_entity TO STDOUT (FORMAT binary)") as out:
            for part in out:
                copied.write(part)
        began = time.perf_counter()
        with cursor.copy("COPY floor FROM STDIN (FORMAT binary)") as into:
            into.write(copied.getvalue())
        took = time.perf_counter() - began
        cursor.execute("DROP TABLE floor")
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--type", default="Streetlight")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, database():
        from parvis.telemetry.context.models import Entity

        territory()
        real = REAL / "montpellier" / "lights.csv.gz"
        path = options.file or (real if real.exists() else invented(Path(scratch)))
        first, cpus, again, floors = [], [], [], []
        for _ in range(ROUNDS):
            Entity.objects.all().delete()
            took, cpu, told = timed(path, options.type)
            first.append(took)
            cpus.append(cpu)
            floors.append(floor_s())
            again.append(timed(path, options.type)[0])
        loaded, spent, unchanged, floor = map(statistics.median, (first, cpus, again, floors))
        count = Entity.objects.count()
    print(f"{path.name}: {told}")
    print(
        f"from empty {loaded:.2f} s ({count / loaded:,.0f} things/s), promise of {PROMISE_S} s: {PROMISE_S / loaded:.1f} times faster"
    )
    print(f"of which {spent:.2f} s of processor in this process, the rest in PostgreSQL or waiting")
    print(
        f"again, unchanged {unchanged:.2f} s; raw COPY of the same rows {floor:.2f} s: {loaded / floor:.0f} times the floor"
    )


if __name__ == "__main__":
    main()
