"""One subscription made ready to be asked: does this change concern you?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from parvis.kernel.contributions import EntityChange, InstanceChange
from parvis.telemetry.context.broker.rights import BrokerRights, personal_attributes
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.jsonld.context import CORE, Context
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.evaluate import matches
from parvis.telemetry.context.query.linking import Links
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.subscriptions.conditions import entity_query
from parvis.telemetry.context.subscriptions.limits import rights_of_limits
from parvis.telemetry.context.subscriptions.triggers import asked_for, is_triggered


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """`watched` None: every attribute."""

    id: int
    tenant_id: int
    query: EntityQuery
    triggers: frozenset[str]
    watched: frozenset[str] | None
    shows_changes: bool
    expires_at: datetime | None
    rights: BrokerRights

    @classmethod
    def of(
        cls,
        *,
        id_: int,
        tenant_id: int,
        document: Mapping[str, Any],
        query_context: Any,
        limits: Mapping[str, Any],
        expires_at: datetime | None,
    ) -> Self:
        """Raises `LdError` for a document that can no longer be read."""
        watched = document.get("watchedAttributes")
        return cls(
            id=id_,
            tenant_id=tenant_id,
            query=entity_query(document, context_of_query(document, query_context, tenant_id)),
            triggers=asked_for(document.get("notificationTrigger")),
            watched=None if watched is None else frozenset(watched),
            shows_changes=document["notification"].get("showChanges", False),
            expires_at=expires_at,
            rights=rights_of_limits(limits),
        )

    def is_told(self, change: EntityChange, now: datetime) -> bool:
        """The conditions hold of the entity after the change; of one that was deleted, before it."""
        if self.expires_at is not None and self.expires_at <= now:
            return False
        entity: Stored = change.after or change.before
        if not is_triggered(self._seen_change(change, entity), self.triggers, self.watched):
            return False
        seen = self.rights.visible(entity)
        return seen is not None and matches(self.query, seen, linked=Links(self.tenant_id, self.rights, now))

    def _seen_change(self, change: EntityChange, entity: Stored) -> EntityChange:
        """Without the attributes the subscriber may not see: not even that they change."""
        hidden, allowed = personal_attributes(tuple(entity.types)), self.rights.attributes
        if not hidden and allowed is None:
            return change

        def is_seen(one: InstanceChange) -> bool:
            return one.attribute not in hidden and (allowed is None or one.attribute in allowed)

        return EntityChange(
            tenant_id=change.tenant_id,
            entity_id=change.entity_id,
            urn=change.urn,
            before=None if change.before is None else self.rights.visible(change.before) or change.before,
            after=change.after,
            instances=tuple(one for one in change.instances if is_seen(one)),
        )


def context_of_query(document: Mapping[str, Any], query_context: Any, tenant_id: int) -> Context:
    """Only `q` needs one: a context is not even looked up for documents without."""
    return resolve(query_context, tenant_id=tenant_id, counted=False) if "q" in document else CORE
