"""A subscription as it is read (ETSI GS CIM 009 V1.8.1, 5.8.3): what the client gave, and how it is doing."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.jsonld.documents import inline_id
from parvis.telemetry.context.jsonld.places import own_url
from parvis.telemetry.context.models import Subject, Subscription
from parvis.telemetry.context.subscriptions.documents import KIND
from parvis.telemetry.context.subscriptions.members import NAMED, READERS, types_named
from parvis.telemetry.context.subscriptions.notification_members import PROJECTIONS, projected
from parvis.telemetry.context.subscriptions.triggers import BY_DEFAULT


def status_of(row: Subscription, now: datetime) -> str:
    if row.expires_at is not None and row.expires_at <= now:
        return "expired"
    return "active" if row.is_active else "paused"


def presented(row: Subscription, context: Context, *, sys_attrs: bool, now: datetime) -> dict[str, Any]:
    """Names as the reader's context calls them; without `@context`. `jsonldContext`: also the address given to an inline one."""
    shown: dict[str, Any] = {"id": row.urn, "type": KIND}
    shown |= {
        name: member_shown(name, value, context)
        for name, value in row.document.items()
        if name in READERS and name != "notification"  # what else it holds is our own
    }
    if row.subject == Subject.ENTITIES:
        shown.setdefault("notificationTrigger", list(BY_DEFAULT))
    if isinstance(row.context, dict | list):
        shown.setdefault("jsonldContext", own_url(inline_id(row.context)))
    shown["notification"] = _notification(row, context.term)
    shown["status"] = status_of(row, now)
    if sys_attrs:
        shown["createdAt"] = instant_text(row.created_at)
        shown["modifiedAt"] = instant_text(row.modified_at)
    return shown


def member_shown(name: str, value: Any, context: Context) -> Any:
    """A member as it is kept, under the names of a context."""
    if name == "entities":
        return [one | {"type": types_named(one["type"], context.term)} for one in value]
    if name in NAMED:
        return [context.term(one) for one in value]
    if name == "geoQ" and "geoproperty" in value:
        path = value["geoproperty"]
        parts = [path] if ":" in path else path.split(".")
        return value | {"geoproperty": ".".join(map(context.term, parts))}
    return value


def _notification(row: Subscription, term: Callable[[str], str]) -> dict[str, Any]:
    shown = dict(row.document["notification"])
    for name in PROJECTIONS:
        if name in shown:
            shown[name] = [projected(one, term) for one in shown[name]]
    return shown | dict(_counters(row))


def _counters(row: Subscription) -> Iterator[tuple[str, Any]]:
    """Nothing before the first notification. 5.11.7 counts no failures of those who follow the registrations."""
    if not row.times_sent:
        return
    failed = row.last_failure is not None and (row.last_success is None or row.last_failure > row.last_success)
    yield "status", "failed" if failed else "ok"
    yield "timesSent", row.times_sent
    if row.times_failed and row.subject == Subject.ENTITIES:
        yield "timesFailed", row.times_failed
    for name, instant in (
        ("lastNotification", row.last_notification),
        ("lastSuccess", row.last_success),
        ("lastFailure", row.last_failure),
    ):
        if instant is not None:
            yield name, instant_text(instant)
