"""A new registration may not claim what another one holds alone, nor what is held here (ETSI GS CIM 009 V1.8.1, 4.3.6.3 and 5.9.2)."""

from collections.abc import Iterable

from parvis.telemetry.context.broker.problems import Conflict
from parvis.telemetry.context.federation.sources import EntityInfo, Information, Mode, Source
from parvis.telemetry.context.models import Entity


def check_conflicts(source: Source, others: Iterable[Source]) -> None:
    """`others`: those in force in its tenant. Raises `Conflict`."""
    if not source.proxied:
        return
    for other in others:
        if other.urn == source.urn:
            continue
        if Mode.EXCLUSIVE in (source.mode, other.mode) and other.proxied and _overlap(source, other):
            raise Conflict(f"{other.urn} covers some of the same attributes of the same entities.")
    if source.mode is Mode.EXCLUSIVE:
        _check_held_here(source)


def _overlap(one: Source, other: Source) -> bool:
    return any(_share(left, right) for left in one.information for right in other.information)


def _share(left: Information, right: Information) -> bool:
    if left.names is not None and right.names is not None and left.names.isdisjoint(right.names):
        return False
    if not left.entities or not right.entities:
        return True
    return any(_same(first, second) for first in left.entities for second in right.entities)


def _same(first: EntityInfo, second: EntityInfo) -> bool:
    if first.types.isdisjoint(second.types):
        return False
    if first.id and second.id:
        return first.id == second.id
    if first.id and second.pattern is not None:
        return second.pattern.found(first.id)
    if second.id and first.pattern is not None:
        return first.pattern.found(second.id)
    return (
        bool(first.id) or bool(second.id) or first.pattern is second.pattern or None in (first.pattern, second.pattern)
    )


def _check_held_here(source: Source) -> None:
    """What is named by its id and already has one of the attributes."""
    for information in source.information:
        ids = [info.id for info in information.entities if info.id]
        if not ids or information.names is None:
            continue
        held = Entity.of_every_tenant.filter(
            tenant_id=source.tenant_id, urn__in=ids, attributes__has_any_keys=sorted(information.names)
        )
        if urn := held.order_by("id").values_list("urn", flat=True).first():
            raise Conflict(f"{urn} is held here with an attribute that an exclusive source is to hold.")
