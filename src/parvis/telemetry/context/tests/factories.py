"""Things and readings for tests of any package."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from parvis.kernel.contributions import ChangeConsumer
from parvis.kernel.manifest import Manifest
from parvis.kernel.registry import registry
from parvis.telemetry.context.attributes import property_of
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.services import upsert_entities
from parvis.telemetry.context.values import EntityDraft, Reading

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

_numbers = count(1)


def make_entity(urn: str = "", *, type: str = "TestThing", now: datetime = NOW, **more: Any) -> Entity:
    """A thing; keywords not of `EntityDraft` become Properties (`make_entity(batteryLevel=80)`)."""
    of_draft = {name: more.pop(name) for name in tuple(more) if name in EntityDraft.__dataclass_fields__}
    attributes = {**of_draft.pop("attributes", {}), **{name: property_of(value) for name, value in more.items()}}
    urn = urn or f"urn:ngsi-ld:{type}:{next(_numbers)}"
    upsert_entities([EntityDraft(urn=urn, type=type, attributes=attributes, **of_draft)], now=now)
    return Entity.objects.get(urn=urn)


def reading(
    entity: Entity, value: Any = 1.0, *, attribute: str = "level", after_s: float = 0, unit_code: str = ""
) -> Reading:
    """Observed `after_s` seconds after NOW."""
    return Reading(
        entity_id=entity.pk,
        attribute=attribute,
        value=value,
        observed_at=NOW + timedelta(seconds=after_s),
        unit_code=unit_code,
    )


@contextmanager
def declared(*contributions: Any) -> Iterator[None]:
    """Contributions of a package that exists only within the block."""
    manifest = Manifest(name=f"declared_in_test_{next(_numbers)}", label="Test", provides=contributions)
    before = registry.manifests
    registry.add(manifest)
    try:
        yield
    finally:
        registry.replace(before)


@contextmanager
def only_consumers(*consumers: ChangeConsumer) -> Iterator[None]:
    """Only these follow the changes within the block, whatever packages are installed."""
    before = registry.manifests
    registry.replace(())
    try:
        with declared(*consumers):
            yield
    finally:
        registry.replace(before)
