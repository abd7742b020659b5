"""What the NGSI-LD model costs a request, without database or HTTP: `python -m bench.broker_model`.

Of an entity of three attributes; microseconds of processor time, the best and the median of several runs in this process.
"""

import os
import statistics
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time
from typing import Any

RUNS = 7
CALLS = 5_000

DOCUMENT: dict[str, Any] = {
    "id": "urn:ngsi-ld:OffStreetParking:1",
    "type": "OffStreetParking",
    "freeSpots": {"type": "Property", "value": 121, "unitCode": "C62", "observedAt": "2026-01-05T08:00:00Z"},
    "status": {"type": "Property", "value": "open", "observedAt": "2026-01-05T08:00:00Z"},
    "operatedBy": {"type": "Relationship", "object": "urn:ngsi-ld:Operator:1"},
}


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Best and median, microseconds a call."""
    runs = [seconds / CALLS * 1e6 for seconds in timeit.repeat(work, timer=process_time, number=CALLS, repeat=RUNS)]
    return min(runs), statistics.median(runs)


def works() -> dict[str, Callable[[], object]]:
    from parvis.telemetry.context.jsonld.context import CORE
    from parvis.telemetry.context.ngsild.attribute_operations import PartialUpdate
    from parvis.telemetry.context.ngsild.operations import Create, Merge, Upsert
    from parvis.telemetry.context.ngsild.reading import Mode, read_entity
    from parvis.telemetry.context.ngsild.rendering import Kind, Representation, render

    now = datetime(2026, 1, 5, 8, tzinfo=UTC)
    told = read_entity(DOCUMENT, CORE, mode=Mode.CREATE)
    urn = DOCUMENT["id"]
    stored = Create(urn=urn, fragment=told).apply(None, now).after
    assert stored is not None
    part = PartialUpdate(urn=urn, name="freeSpots", instances=[{"value": 12}])
    found: dict[str, Callable[[], object]] = {
        "read, normalized": lambda: read_entity(DOCUMENT, CORE, mode=Mode.CREATE),
        "create": lambda: Create(urn=urn, fragment=told).apply(None, now),
        "upsert, replacing": lambda: Upsert(urn=urn, fragment=told).apply(stored, now),
        "upsert, updating": lambda: Upsert(urn=urn, fragment=told, update=True).apply(stored, now),
        "merge": lambda: Merge(urn=urn, fragment=told).apply(stored, now),
        "partial update of one attribute": lambda: part.apply(stored, now),
    }
    for kind in Kind:
        how = Representation(kind=kind)
        found[f"render, {kind.value}"] = lambda how=how: render(stored, CORE, how)  # type: ignore[misc]
    return found


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
    import django

    django.setup()
    print(f"{'':34} {'best µs':>8} {'median':>8}")
    for name, work in works().items():
        best, median = measured(work)
        print(f"{name:34} {best:8.1f} {median:8.1f}")


if __name__ == "__main__":
    main()
