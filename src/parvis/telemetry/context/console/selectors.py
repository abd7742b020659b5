"""Reads of the console that no page of the API gives: all tenants at once, by health, with what waits."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from parvis.kernel.sql import hot_cursor
from parvis.telemetry.context.console.health import Health
from parvis.telemetry.context.models import (
    Entity,
    JsonLdContext,
    QueuedNotification,
    Registration,
    Subject,
    Subscription,
    Tenant,
)
from parvis.telemetry.context.query.finding import bounded

FAILED_LAST = Q(last_failure__isnull=False) & (Q(last_success__isnull=True) | Q(last_failure__gt=F("last_success")))


def subscriptions() -> QuerySet[Subscription]:
    """Of entities and of sources, the oldest first, with how many notifications wait (`waiting`) and were given up (`dead`)."""
    return Subscription.objects.select_related("organisation").annotate(waiting=_queued(False), dead=_queued(True))


def _queued(dead: bool) -> Coalesce:
    rows = QueuedNotification.objects.filter(subscription=OuterRef("pk"), dead=dead).order_by().values("subscription")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def subscriptions_in(rows: QuerySet[Subscription], health: str, now: datetime) -> QuerySet[Subscription]:
    """Those of this health; all of them for none. `dead`: those with notifications given up."""
    match health:
        case "dead":
            return rows.filter(Exists(QueuedNotification.objects.filter(subscription=OuterRef("pk"), dead=True)))
        case Health.EXPIRED:
            return rows.filter(expires_at__lte=now)
        case Health.PAUSED:
            return rows.filter(_living(now), is_active=False)
        case Health.FAILING:
            return rows.filter(_living(now) & FAILED_LAST, is_active=True)
        case _:
            return rows


def _living(now: datetime) -> Q:
    return Q(expires_at__isnull=True) | Q(expires_at__gt=now)


def failing_sources(now: datetime) -> QuerySet[Registration]:
    return Registration.objects.filter(_living(now) & FAILED_LAST)


def given_up(subscription: Subscription) -> QuerySet[QueuedNotification]:
    return QueuedNotification.objects.filter(subscription=subscription, dead=True).order_by("id").defer("content")


def waiting(subscription: Subscription) -> QuerySet[QueuedNotification]:
    """In the order in which they will be sent."""
    return QueuedNotification.objects.filter(subscription=subscription, dead=False).order_by("id").defer("content")


def contexts() -> QuerySet[JsonLdContext]:
    """Those loaded by hand first, without their documents."""
    return JsonLdContext.objects.defer("body").order_by("tenant_id", "kind", "id")


def users_of(row: JsonLdContext, names: list[str]) -> dict[str, int]:
    """How many subscriptions and registrations of its tenant name it by one of these addresses."""
    return {
        "subscriptions": Subscription.objects.filter(tenant_id=row.tenant_id, subject=Subject.ENTITIES)
        .filter(Q(context__in=names) | Q(document__jsonldContext__in=names))
        .count(),
        "registrations": Registration.objects.filter(tenant_id=row.tenant_id, context__in=names).count(),
    }


def tenant_names() -> dict[int, str]:
    return dict(Tenant.objects.order_by("id").values_list("id", "name"))


@dataclass(frozen=True, slots=True)
class Carried:
    """An attribute that things of a type have, in this kind."""

    name: str
    kind: str
    count: int


def types_of(things: QuerySet[Entity]) -> dict[str, int]:
    """How many of these things are of each type."""
    text, values = things.order_by().values("pk").query.sql_with_params()
    with bounded(), hot_cursor() as cursor:
        cursor.execute(
            "SELECT kind, count(*) FROM context_entity AS e CROSS JOIN LATERAL unnest(e.type || e.more_types) AS kind"  # noqa: S608 the text is Django's
            f" WHERE e.id IN ({text}) GROUP BY 1 ORDER BY 1",
            list(values),
        )
        return dict(cursor.fetchall())


def carried_by(things: QuerySet[Entity]) -> list[Carried]:
    """What attributes these things have, by name and kind."""
    text, values = things.order_by().values("pk").query.sql_with_params()
    with bounded(), hot_cursor() as cursor:
        cursor.execute(
            "SELECT attribute.key, instance ->> 'type', count(DISTINCT e.id) FROM context_entity AS e"  # noqa: S608 the text is Django's
            " CROSS JOIN LATERAL jsonb_each(e.attributes) AS attribute"
            " CROSS JOIN LATERAL jsonb_path_query(attribute.value, '$[*]') AS instance"
            f" WHERE e.id IN ({text}) GROUP BY 1, 2 ORDER BY 1, 2",
            list(values),
        )
        return [Carried(*row) for row in cursor.fetchall()]
