"""Days of observations for tests of the lake, and the whole past as its readers must see it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

from parvis.telemetry.context.models import Entity
from parvis.telemetry.history.lake import reading
from parvis.telemetry.history.models import Shape
from parvis.telemetry.history.names import AttributeKey, attribute_ids
from parvis.telemetry.history.partitions import make_partitions

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

Past = dict[tuple[int, int, datetime], tuple[int, datetime, float | None, Any]]


def attribute(name: str = "level", dataset: str = "") -> int:
    key = AttributeKey(name, dataset)
    return attribute_ids([key])[key]


def shape(document: str = '{"type":"Property"}') -> int:
    return Shape.objects.get_or_create(document=document)[0].pk


def observe(
    things: Sequence[Entity],
    day: date,
    *,
    names: Sequence[str] = ("level", "state"),
    per_day: int = 24,
    value: float = 0.0,
    written: datetime | None = None,
    shape_id: int | None = None,
) -> None:
    """Rows all day long; those of `state` are texts. An observation that is there already is replaced."""
    make_partitions([day])
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(
                """
                INSERT INTO history_observation (entity_id, attribute_id, shape_id, observed_at, written_at, value, document)
                SELECT e, %(attribute)s, %(shape)s, at, coalesce(%(written)s, at + make_interval(secs => 0.4 + e %% 7 / 1000000.0)),
                    CASE WHEN NOT %(texts)s THEN %(value)s + n %% 10 / 10.0 END,
                    CASE WHEN %(texts)s THEN jsonb_build_object('value', 'état "' || (%(value)s + n %% 3) || '", ' || chr(10)) END
                FROM unnest(%(things)s::bigint[]) AS e, generate_series(0, %(per_day)s - 1) AS n,
                    LATERAL (SELECT %(start)s + n * interval '1 day' / %(per_day)s + e * interval '1 microsecond' AS at)
                ON CONFLICT (entity_id, attribute_id, observed_at) DO UPDATE
                    SET value = excluded.value, document = excluded.document, written_at = excluded.written_at,
                        shape_id = excluded.shape_id
                """,
                {
                    "attribute": attribute(name),
                    "shape": shape() if shape_id is None else shape_id,
                    "things": [thing.pk for thing in things],
                    "per_day": per_day,
                    "start": datetime(day.year, day.month, day.day, tzinfo=UTC),
                    "texts": name == "state",
                    "value": value,
                    "written": written,
                },
            )


def rows_in_postgresql() -> Past:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entity_id, attribute_id, observed_at, shape_id, written_at, value, document::text"
            " FROM history_observation"
        )
        return {tuple(row[:3]): tuple(row[3:]) for row in cursor.fetchall()}


def lines_of_lake(things: Sequence[Entity]) -> Past:
    lines = reading.read([thing.pk for thing in things])
    found = {
        (entity, attribute, at): (shape, written, value, document)
        for entity, attribute, shape, at, written, value, document in lines
    }
    assert len(found) == len(lines), "a line is twice in the lake"
    return found


def whole_past(things: Sequence[Entity]) -> Past:
    """As a reader sees it: PostgreSQL first, and it wins; what is erased is hidden."""
    rows = rows_in_postgresql()
    erased = set(Shape.objects.filter(document__contains='"erased":true').values_list("pk", flat=True))
    united = lines_of_lake(things) | rows
    return {key: row for key, row in united.items() if row[0] not in erased}


def day_before(days: int) -> date:
    return (NOW - timedelta(days=days)).date()
