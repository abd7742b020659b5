"""Things by their names, as the broker reads them."""

from collections.abc import Sequence
from datetime import datetime

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.store.rows import stored_of
from parvis.telemetry.context.store.values import Stored


def load(urns: Sequence[str], *, tenant_id: int, now: datetime) -> dict[str, Stored]:
    """Those that exist and have not expired, by URN, in the order of their creation."""
    with hot_cursor() as cursor:
        cursor.execute(statement("parvis.telemetry.context", "broker_read"), {"tenant": tenant_id, "urns": list(urns)})
        found = [stored_of(row, tenant_id) for row in cursor]
    return {one.urn: one for one in found if one.expires_at is None or one.expires_at > now}
