"""Linked entities in a notification, as they are when it is sent (ETSI GS CIM 009 V1.8.1, 4.5.23). Reads the database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from parvis.telemetry.context.ngsild.rendering import render
from parvis.telemetry.context.query.joining import Joiner
from parvis.telemetry.context.query.linking import Links
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.subscriptions.delivery.targets import Target


def joined(entities: Sequence[Stored], target: Target, now: datetime) -> list[dict[str, Any]]:
    """The entities rendered with those they are linked to, beneath or after them."""
    how, projected = replace(target.representation, projection=None), target.projection
    joiner = Joiner(
        links=Links(target.tenant_id, target.rights, now),
        context=target.context,
        how=how,
        level=target.join_level,
        contained_by=frozenset(),
    )
    if target.join == "inline":
        return joiner.inline(entities, projected)
    return [
        render(stored, target.context, replace(how, projection=wanted))
        for stored, wanted in joiner.flat(entities, projected)
    ]
