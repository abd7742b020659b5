"""A registration as it is used: compiled once, immutable, held in memory."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from parvis.telemetry.context.federation import operations
from parvis.telemetry.context.models import Registration
from parvis.telemetry.context.ngsild.instants import parse_datetime
from parvis.telemetry.context.query.patterns import Pattern, compiled

_ROOT = "/ngsi-ld/v1"


class Mode(StrEnum):
    """How the data of a source stand to ours (4.3.6). Exclusive and redirect ones are proxied: they hold, we do not."""

    INCLUSIVE = "inclusive"
    AUXILIARY = "auxiliary"
    REDIRECT = "redirect"
    EXCLUSIVE = "exclusive"


PROXIED = frozenset((Mode.EXCLUSIVE, Mode.REDIRECT))


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityInfo:
    """`types`: stored names. Neither `id` nor `pattern`: every entity of the type. `searched` is the text of the pattern."""

    types: frozenset[str]
    id: str = ""
    pattern: Pattern | None = None
    searched: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """No entities: any entity. `names` None: any attribute. `position` is that in the document."""

    position: int
    entities: tuple[EntityInfo, ...] = ()
    names: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    start: datetime
    end: datetime | None

    def meets(self, start: datetime | None, end: datetime | None) -> bool:
        """Whether it shares an instant with `[start, end)`; None is unbounded."""
        return (end is None or self.start < end) and (self.end is None or start is None or self.end >= start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`endpoint` ends before `/ngsi-ld/v1`. `headers` and what follows come from `contextSourceInfo`; `document` is the registration."""

    id: int
    urn: str
    tenant_id: int
    mode: Mode
    operations: frozenset[str]
    information: tuple[Information, ...]
    endpoint: str
    document: Mapping[str, Any] = field(repr=False)
    tenant: str = ""
    alias: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    context: str = ""
    content_type: str = ""
    accept: str = ""
    scopes: tuple[str, ...] = ()
    dataset_ids: frozenset[str] = frozenset()
    observed: Interval | None = None
    managed: Interval | None = None
    expires_at: datetime | None = None
    local_only: bool = False
    timeout_s: float | None = None
    cooldown_s: float = 0.0
    cache_s: float = 0.0

    @property
    def proxied(self) -> bool:
        return self.mode in PROXIED

    def supports(self, *names: str) -> bool:
        """Any of them."""
        return not self.operations.isdisjoint(names)


def source_of(row: Registration) -> Source:
    """Of a stored registration, which was validated when it came."""
    document = row.document
    management = document.get("management", {})
    pairs = {pair["key"]: pair["value"] for pair in document.get("contextSourceInfo", ())}
    special = {key.lower(): value for key, value in pairs.items()}
    return Source(
        id=row.pk,
        urn=row.urn,
        tenant_id=row.tenant_id,
        mode=Mode(document.get("mode", Mode.INCLUSIVE)),
        operations=_operations(document),
        information=tuple(_information(place, one) for place, one in enumerate(document["information"])),
        endpoint=root_of(document["endpoint"]),
        document=document,
        tenant=document.get("tenant", ""),
        alias=row.alias,
        headers=tuple((key, value) for key, value in pairs.items() if key.lower() not in _SPECIAL | _NEVER),
        context=special.get("jsonldcontext", ""),
        content_type=special.get("contenttype", ""),
        accept=special.get("accept", ""),
        scopes=tuple(_listed(document.get("scope"))),
        dataset_ids=frozenset(_listed(document.get("datasetId"))),
        observed=_interval(document.get("observationInterval")),
        managed=_interval(document.get("managementInterval")),
        expires_at=row.expires_at,
        local_only=management.get("localOnly", False),
        timeout_s=management["timeout"] / 1000 if "timeout" in management else None,
        cooldown_s=management.get("cooldown", 0) / 1000,
        cache_s=seconds_of(management["cacheDuration"]) if "cacheDuration" in management else 0.0,
    )


_SPECIAL = frozenset(("jsonldcontext", "contenttype", "accept"))
_NEVER = frozenset(
    ("ngsild-tenant", "via", "content-length", "transfer-encoding", "host", "connection", "content-type", "link")
)
"""Headers a registration cannot set: they are the forwarding broker's."""


_PARTS = re.compile(r"(\d+(?:[.,]\d+)?)([YMWDHS])")
_DATE_S = {"Y": 365 * 86_400, "M": 30 * 86_400, "W": 7 * 86_400, "D": 86_400}
_TIME_S = {"H": 3600, "M": 60, "S": 1}


def seconds_of(duration: str) -> float:
    """Of a checked duration of ISO 8601; a year has 365 days, a month 30."""
    date, _, clock = duration.removeprefix("P").partition("T")
    parts = [(count, _DATE_S[unit]) for count, unit in _PARTS.findall(date)]
    parts += [(count, _TIME_S[unit]) for count, unit in _PARTS.findall(clock)]
    return sum(float(count.replace(",", ".")) * length for count, length in parts)


def root_of(endpoint: str) -> str:
    """The address of a source without the path of the API."""
    return endpoint.rstrip("/").removesuffix(_ROOT).rstrip("/")


def is_callable(endpoint: str) -> bool:
    return urlsplit(endpoint).scheme in ("http", "https")


def _operations(document: Mapping[str, Any]) -> frozenset[str]:
    given = document.get("operations")
    if document.get("mode") == Mode.AUXILIARY:
        return operations.AUXILIARY & (operations.expanded(given) if given else operations.AUXILIARY)
    return operations.expanded(given) if given else operations.FEDERATION


def _information(position: int, given: Mapping[str, Any]) -> Information:
    names = [*given.get("propertyNames", ()), *given.get("relationshipNames", ())]
    return Information(
        position=position,
        entities=tuple(map(_entity_info, given.get("entities", ()))),
        names=frozenset(names) if names else None,
    )


def _entity_info(given: Mapping[str, Any]) -> EntityInfo:
    pattern = None if "id" in given else given.get("idPattern")
    return EntityInfo(
        types=frozenset(_listed(given["type"])),
        id=given.get("id", ""),
        pattern=None if pattern is None else compiled(pattern),
        searched=pattern or "",
    )


def _interval(given: Mapping[str, str] | None) -> Interval | None:
    if given is None:
        return None
    end = given.get("endAt")
    return Interval(parse_datetime(given["startAt"]), parse_datetime(end) if end else None)


def _listed(value: Any) -> Iterable[str]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
