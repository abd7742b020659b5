"""What an operator does with a change that a consumer could not handle."""

from datetime import datetime

from django.db import connection, transaction

from parvis.telemetry.context.models import QueuedChange
from parvis.telemetry.context.waking import QUEUE


@transaction.atomic
def replay_change(*, change_id: int, now: datetime) -> bool:
    """Makes the change due now, with as many attempts before it as at first; False when it is gone."""
    found = QueuedChange.objects.filter(pk=change_id).update(not_before=now, attempts=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [QUEUE])
    return bool(found)


@transaction.atomic
def discard_change(*, change_id: int) -> bool:
    """Forgets a change that was given up; one that is still to be tried is left."""
    deleted, _ = QueuedChange.objects.filter(pk=change_id, not_before__isnull=True).delete()
    return bool(deleted)
