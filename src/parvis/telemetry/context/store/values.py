"""What is written: fragments as clients give them, things as rows hold them, operations that turn one into the other.

**Stored form** of an attribute instance: NGSI-LD normalized, sub-attributes and attributes under their stored names
(`vocabulary.stored_name`), IRIs of `vocab`, `objectType` and `valueType` in full, plus its own `createdAt` and `modifiedAt`
(also in sub-attributes). An attribute is one instance, or a list of instances with the default one (no `datasetId`) first.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from parvis.kernel.contributions import InstanceChange
from parvis.telemetry.context.attributes import Instance
from parvis.telemetry.context.models import CITY


class Fragment(msgspec.Struct, kw_only=True):
    """What a request says of an entity, validated and with stored names.

    `attributes`: every attribute as a list of instances without system attributes; an instance that asks for its own deletion holds
    `NULL` (`urn:ngsi-ld:null`) as its value. `scopes` and `expires_at` are None when nothing is said of
    them; an empty list of scopes and `never_expires` ask for their removal.
    """

    urn: str | None = None
    types: list[str] = []
    scopes: list[str] | None = None
    expires_at: datetime | None = None
    never_expires: bool = False
    attributes: dict[str, list[Instance]] = {}


class Stored(msgspec.Struct, kw_only=True):
    """An entity as its row holds it. `id` is 0 until it is inserted. Operations make a new one, they never change one in place."""

    urn: str
    types: list[str]
    attributes: dict[str, Any]
    scopes: list[str] = []
    created_at: datetime
    modified_at: datetime
    expires_at: datetime | None = None
    id: int = 0
    tenant_id: int = CITY
    organisation_id: int | None = None
    area_code: str = ""
    synthetic: bool = False
    source: str = ""


class Effect(msgspec.Struct, kw_only=True):
    """What an operation makes of an entity: `after` None = it is no more. `answer` is what the endpoint wants to know."""

    after: Stored | None
    instances: Sequence[InstanceChange] = ()
    answer: Any = None


class Operation(Protocol):
    """A write on one entity. `apply` is pure: the same row and instant give the same effect; it is called again after a conflict.

    Raises `broker.problems.LdError`; the entity then stays as it is. An expired entity is given as None.
    """

    @property
    def urn(self) -> str: ...

    def apply(self, entity: Stored | None, now: datetime) -> Effect: ...


class Outcome(msgspec.Struct, kw_only=True):
    """Of one operation, once committed: the effect, or why it was refused. `created`: the entity did not exist before."""

    urn: str
    effect: Effect | None = None
    error: Exception | None = None
    created: bool = False

    @property
    def answer(self) -> Any:
        """That of the effect."""
        return None if self.effect is None else self.effect.answer
