"""What is kept of a change until its subscribers have been told: the entity as it was then, and what the change took away.

It is rendered when it is sent, for each subscriber in its own way; the writing transaction only encodes it once.
"""

from datetime import datetime
from typing import Any

import msgspec

from parvis.kernel.contributions import EntityChange
from parvis.telemetry.context.attributes import Instance
from parvis.telemetry.context.store.values import Stored


class Touched(msgspec.Struct, frozen=True, omit_defaults=True):
    """An instance as it was before. `gone`: it is no more."""

    attribute: str
    dataset_id: str
    before: Instance
    gone: bool = False


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`deleted`: the attributes are those the entity had. `touched` holds the instances gone, and those changed for `showChanges`."""

    urn: str
    types: list[str]
    attributes: dict[str, Any]
    scopes: list[str] = []
    created_at: datetime
    modified_at: datetime
    expires_at: datetime | None = None
    area_code: str = ""
    organisation_id: int | None = None
    at: datetime
    deleted: bool = False
    touched: list[Touched] = []

    def stored(self) -> Stored:
        return Stored(
            urn=self.urn,
            types=self.types,
            attributes=self.attributes,
            scopes=self.scopes,
            created_at=self.created_at,
            modified_at=self.modified_at,
            expires_at=self.expires_at,
            area_code=self.area_code,
            organisation_id=self.organisation_id,
        )


_encode = msgspec.json.Encoder().encode
decoded = msgspec.json.Decoder(Snapshot).decode


def encoded(change: EntityChange, *, with_previous: bool, now: datetime) -> str:
    """As JSON."""
    deleted = change.after is None
    kept: Stored = change.before if deleted else change.after
    touched = [
        Touched(one.attribute, one.dataset_id, one.before, one.after is None)
        for one in change.instances
        if one.before is not None and (one.after is None or with_previous)
    ]
    snapshot = Snapshot(
        urn=kept.urn,
        types=kept.types,
        attributes=kept.attributes,
        scopes=kept.scopes,
        created_at=kept.created_at,
        modified_at=kept.modified_at,
        expires_at=kept.expires_at,
        area_code=kept.area_code,
        organisation_id=kept.organisation_id,
        at=now,
        deleted=deleted,
        touched=[] if deleted else touched,
    )
    return encoded_snapshot(snapshot)


def encoded_snapshot(snapshot: Snapshot) -> str:
    """As JSON."""
    return _encode(snapshot).decode()
