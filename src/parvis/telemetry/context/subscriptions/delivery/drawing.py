"""One change drawn for one form of notification. Those who asked for the same form of the same things share the drawing."""

from typing import Any

import msgspec

from parvis.telemetry.context.broker.media import Media
from parvis.telemetry.context.ngsild.rendering import feature, render
from parvis.telemetry.context.store.values import Stored
from parvis.telemetry.context.subscriptions.delivery.entries import entity_told, with_deletion
from parvis.telemetry.context.subscriptions.delivery.targets import Target
from parvis.telemetry.context.subscriptions.snapshots import Snapshot, decoded

_MOST_CHARACTERS = 16 << 20


class _Drawings(dict[tuple[str, str], msgspec.Raw | None]):
    """By form and content; all are forgotten when they are too many characters. Used by the event loop only."""

    size = 0

    def keep(self, key: tuple[str, str], drawing: msgspec.Raw | None) -> None:
        self.size += len(key[1]) + (0 if drawing is None else len(memoryview(drawing)))
        if self.size > _MOST_CHARACTERS:
            self.clear()
            self.size = 0
        self[key] = drawing


_drawings = _Drawings()


def drawn(content: str, target: Target) -> msgspec.Raw | None:
    """As JSON; None when the subscriber may see nothing of it."""
    key = (target.form, content)
    if key in _drawings:
        return _drawings[key]
    snapshot = decoded(content)
    stored = entity_told(snapshot, target)
    drawing = None
    if stored is not None:
        drawing = msgspec.Raw(msgspec.json.encode(document_of(snapshot, stored, target)))
    _drawings.keep(key, drawing)
    return drawing


def document_of(snapshot: Snapshot | None, stored: Stored, target: Target) -> dict[str, Any]:
    """Of the entity as it is told; `snapshot` None: no change is told."""
    if target.receiver.accept is Media.GEO:
        document = feature(stored, target.context, target.representation)
        if snapshot is not None:
            with_deletion(document["properties"], snapshot)
        return document
    document = render(stored, target.context, target.representation)
    if snapshot is not None:
        with_deletion(document, snapshot)
    return with_context(document, target)


def with_context(document: dict[str, Any], target: Target) -> dict[str, Any]:
    """JSON-LD holds it in each entity."""
    if target.receiver.accept is Media.LD:
        return document | {"@context": target.context.value}
    return document
