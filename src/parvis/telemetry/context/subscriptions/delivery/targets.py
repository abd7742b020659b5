"""A subscription made ready to be sent to: read once, used until it changes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from parvis.telemetry.context.broker.rights import BrokerRights
from parvis.telemetry.context.federation.copies.keeping import is_keeper
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.models import CITY, Subject, Subscription, Tenant
from parvis.telemetry.context.ngsild.rendering import Kind, Representation
from parvis.telemetry.context.query.projection import Projection, projection
from parvis.telemetry.context.subscriptions.delivery.receivers import Receiver
from parvis.telemetry.context.subscriptions.limits import rights_of_limits
from parvis.telemetry.context.subscriptions.notification_members import PROJECTIONS, SIMPLE_FORMATS
from parvis.telemetry.context.subscriptions.triggers import asked_for

_FRESH_S = 60.0  # its @context may have been loaded again meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`version` changes with the subscription. `watched` None: every attribute; `join` empty: none. Two of the same `form` are told the
    same of the same changes."""

    id: int
    urn: str
    version: datetime
    read_at: float
    tenant_id: int
    tenant_name: str
    subject: str
    document: Mapping[str, Any]
    receiver: Receiver
    context: Context
    query_context: Any
    form: str
    representation: Representation
    projection: Projection | None
    triggers: frozenset[str]
    watched: frozenset[str] | None
    shows_changes: bool
    join: str
    join_level: int
    rights: BrokerRights
    throttling_s: float

    @property
    def keeps(self) -> bool:
        """Whether it has nobody to tell, but copies at other brokers to look after."""
        return is_keeper(self.document)

    def is_current(self, version: datetime) -> bool:
        return self.version == version and monotonic() - self.read_at < _FRESH_S


def target_of(subscription_id: int) -> Target | None:
    """Reads the database, and perhaps fetches a context. Raises what `resolve` raises."""
    row = Subscription.objects.filter(pk=subscription_id).first()
    if row is None:
        return None
    document = row.document
    notification = document["notification"]
    watched = document.get("watchedAttributes")
    join = notification.get("join", "")
    projected = _projection(notification)
    receiver = Receiver.of(notification["endpoint"])
    context = resolve(
        document.get("jsonldContext", row.context), tenant_id=row.tenant_id, keep_inline=True, counted=False
    )
    name = ""
    if row.tenant_id != CITY:
        name = Tenant.objects.filter(pk=row.tenant_id).values_list("name", flat=True).first() or ""
    return Target(
        id=row.pk,
        urn=row.urn,
        version=row.modified_at,
        read_at=monotonic(),
        tenant_id=row.tenant_id,
        tenant_name=name,
        subject=Subject(row.subject),
        document=document,
        receiver=receiver,
        context=context,
        query_context=row.query_context,
        form=_form(row, context, receiver),
        representation=_representation(document, notification, projected),
        projection=projected,
        triggers=asked_for(document.get("notificationTrigger")),
        watched=None if watched is None else frozenset(watched),
        shows_changes=notification.get("showChanges", False),
        join="" if join == "@none" else join,
        join_level=notification.get("joinLevel", 1),
        rights=rights_of_limits(row.limits),
        throttling_s=float(document.get("throttling", 0)),
    )


_OF_FORM = ("watchedAttributes", "notificationTrigger", "lang", "datasetId", "ngsildConformance")


def _form(row: Subscription, context: Context, receiver: Receiver) -> str:
    asked = {name: value for name, value in row.document["notification"].items() if name != "endpoint"}
    also = [row.document.get(name) for name in _OF_FORM]
    return json.dumps(
        [row.tenant_id, context.link, id(context), receiver.accept, asked, also, row.limits], sort_keys=True
    )


def _projection(notification: Mapping[str, Any]) -> Projection | None:
    lists = {name: ",".join(notification[name]) for name in PROJECTIONS if name in notification}
    return projection(attrs=lists.get("attributes"), pick=lists.get("pick"), omit=lists.get("omit"), name_of=str)


def _representation(
    document: Mapping[str, Any], notification: Mapping[str, Any], projected: Projection | None
) -> Representation:
    form = notification.get("format", "normalized")
    datasets = document.get("datasetId")
    major, _, minor = document.get("ngsildConformance", "").partition(".")
    return Representation(
        kind=Kind.SIMPLIFIED if form in SIMPLE_FORMATS else Kind(form),
        sys_attrs=notification.get("sysAttrs", False),
        lang=document.get("lang", ""),
        dataset_ids=None if datasets is None else frozenset(datasets),
        projection=projected,
        version=(int(major), int(minor)) if major else None,
    )
