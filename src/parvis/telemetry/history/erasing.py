"""What must not be known any more: at once in PostgreSQL, and hidden from the readers of the lake until its files are written again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from parvis.telemetry.history.lake.forgetting import forget
from parvis.telemetry.history.lake.models import Forgotten, LakeFile
from parvis.telemetry.history.models import Departed
from parvis.telemetry.history.names import ERASED, shape_ids
from parvis.telemetry.history.rows import insert
from parvis.telemetry.history.rules import day_of


def erase_things(entity_ids: Sequence[int], *, now: datetime) -> None:
    """All that is known of the past of these things."""
    ids = list(entity_ids)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM history_observation WHERE entity_id = ANY(%s)", [ids])
    Forgotten.objects.bulk_create(Forgotten(entity_id=id_, forgotten_at=now) for id_ in ids)
    Departed.objects.filter(entity_id__in=ids).delete()


def erase_series(entity_id: int, attribute_ids: Sequence[int], *, now: datetime) -> None:
    """All that is known of the past of these attributes of one thing."""
    forget(entity_id=entity_id, attribute_ids=attribute_ids, now=now)


def erase_one(entity_id: int, attribute_id: int, observed_at: datetime, *, now: datetime) -> None:
    """One observation; where the lake holds it, a row stays that hides it until the next compaction."""
    day = day_of(observed_at)
    if LakeFile.objects.active().filter(first_day__lte=day, last_day__gte=day).exists():
        shape = shape_ids([ERASED])[ERASED]
        insert([(entity_id, attribute_id, observed_at, shape, None, None)], replace=True, now=now)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM history_observation WHERE entity_id = %s AND attribute_id = %s AND observed_at = %s",
            [entity_id, attribute_id, observed_at],
        )
