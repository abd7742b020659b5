"""What the context does when time passes."""

from datetime import datetime

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.federation.copies.keeping import relook
from parvis.telemetry.context.federation.registering import remove_expired_sources
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.ngsild.expiring import Expire
from parvis.telemetry.context.query.asked import forget_unasked
from parvis.telemetry.context.services import refresh_states
from parvis.telemetry.context.store.write import write
from parvis.telemetry.context.subscriptions.services import forget_given_up

_AT_ONCE = 500


def refresh(now: datetime) -> int:
    return refresh_states(now=now)


def forget_values(now: datetime) -> int:
    return forget_unasked(now)


def forget_notifications(now: datetime) -> int:
    return forget_given_up(now=now)


def look_after_sources(now: datetime) -> int:
    """Registrations past their `expiresAt` go; then the subscriptions made at other brokers are looked at again."""
    removed = remove_expired_sources(now=now)
    relook(now)
    return removed


def remove_expired_attributes(now: datetime) -> int:
    """Attributes past their `expiresAt`, which nobody sees any more, leave their things. Answers how many things lost some."""
    changed, after = 0, 0
    while rows := _with_expired_attributes(after, now):
        after = rows[-1][0]
        for tenant_id in sorted({tenant_id for _, tenant_id, _ in rows}):
            operations = [Expire(urn=urn) for _, owner, urn in rows if owner == tenant_id]
            outcomes = write(operations, tenant_id=tenant_id, now=now)
            changed += sum(bool(one.effect and one.effect.instances) for one in outcomes)
    return changed


def _with_expired_attributes(after: int, now: datetime) -> list[tuple[int, int, str]]:
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.context", "with_expired_attributes"),
            {"after": after, "now": instant_text(now), "most": _AT_ONCE},
        )
        return [(id_, tenant_id, urn) for id_, tenant_id, urn in cursor]


def remove_expired(now: datetime) -> int:
    """Things past their `expiresAt`, which nobody sees any more, leave the table; their history stays."""
    removed = 0
    while rows := list(
        Entity.of_every_tenant.filter(expires_at__lte=now).order_by("id").values_list("tenant_id", "urn")[:_AT_ONCE]
    ):
        for tenant_id in sorted({tenant_id for tenant_id, _ in rows}):
            write([Expire(urn=urn) for owner, urn in rows if owner == tenant_id], tenant_id=tenant_id, now=now)
        removed += len(rows)
    return removed
