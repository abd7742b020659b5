"""One request to the broker, once what every request owes has been checked (ETSI GS CIM 009 V1.8.1, 6.3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from parvis.telemetry.context.broker.endpoints import Endpoint
from parvis.telemetry.context.broker.media import Media
from parvis.telemetry.context.broker.problems import BadRequestData, InvalidRequest
from parvis.telemetry.context.broker.rights import BrokerRights
from parvis.telemetry.context.broker.tenancy import TenantRef
from parvis.telemetry.context.jsonld.catalogue import resolve
from parvis.telemetry.context.jsonld.context import Context

LD_CONTEXT = "http://www.w3.org/ns/json-ld#context"
_LINK = re.compile(r"\s*<([^<>]*)>((?:\s*;\s*[^\s=;,]+\s*=\s*(?:\"[^\"]*\"|[^\s\";,]+))*)\s*(?:,|\Z)")
_FORMATS = frozenset(("normalized", "concise", "keyValues", "simplified", "temporalValues", "aggregatedValues"))


class Query:
    """The parameters of the address; the first one counts when a name comes twice."""

    def __init__(self, text: str) -> None:
        self._values: dict[str, str] = {}
        for name, value in parse_qsl(text, keep_blank_values=True) if text else ():
            self._values.setdefault(name, value)
        self.text = text

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> list[str]:
        return list(self._values)

    def get(self, name: str, default: str = "") -> str:
        return self._values.get(name, default)

    def listed(self, name: str) -> list[str]:
        """Comma separated; empty when absent. Raises `BadRequestData` for an empty item."""
        if name not in self._values:
            return []
        items = [item.strip() for item in self._values[name].split(",")]
        if not all(items):
            raise BadRequestData(f"{name}: an item is empty")
        return items

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._values.get(name)
        if value is None:
            return default
        if value not in ("true", "false"):
            raise BadRequestData(f"{name}: true or false is expected")
        return value == "true"

    def number(self, name: str, *, least: int, default: int) -> int:
        value = self._values.get(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdecimal() and len(value) < 10) or int(value) < least:
            raise BadRequestData(f"{name}: a whole number of at least {least} is expected")
        return int(value)

    @cached_property
    def options(self) -> frozenset[str]:
        """The words of `options`, and that of `format`, which wins over a format among the options."""
        options = frozenset(word for word in self.get("options").split(",") if word)
        if form := self.get("format"):
            return (options - _FORMATS) | {form}
        return options


@dataclass(slots=True, kw_only=True, weakref_slot=True)
class Asked:
    """`path` holds the decoded parts by name; `headers` have lower-case names; `body` is decoded JSON, None without one."""

    endpoint: Endpoint
    target: str
    path: Mapping[str, str]
    query: Query
    headers: Mapping[str, str]
    body: Any
    media: Media
    content: str
    tenant: TenantRef
    rights: BrokerRights
    now: datetime
    _context: Context | None = None

    @property
    def accept(self) -> Media:
        return self.media

    @property
    def is_ld(self) -> bool:
        """Whether the body is `application/ld+json`."""
        return self.content == Media.LD

    @property
    def local(self) -> bool:
        return self.query.flag("local")

    @property
    def via(self) -> tuple[str, ...]:
        """The brokers the request has come through, by their pseudonyms."""
        return tuple(part.strip().split(" ")[-1] for part in self.headers.get("via", "").split(",") if part.strip())

    @property
    def context(self) -> Context:
        """That of the request: of the body for one object in JSON-LD, else of the `Link` header, else the default one."""
        if self._context is None:
            self._context = self._resolved()
        return self._context

    def _resolved(self) -> Context:
        link = link_of(self.headers)
        body = self.body
        if self.endpoint.plain_body or self.endpoint.per_item_context or not isinstance(body, dict):
            return self._of(link)
        return self.context_of(body)

    def context_of(self, item: Mapping[str, Any]) -> Context:
        """Of one object of the body. Raises `BadRequestData` when it is where it may not be, or not where it must."""
        link = link_of(self.headers)
        if self.is_ld:
            if link is not None:
                raise BadRequestData("application/ld+json and a Link header to a @context exclude each other")
            if "@context" not in item:
                raise BadRequestData("application/ld+json must hold a @context")
            return self._of(item["@context"])
        if "@context" in item:
            raise BadRequestData("application/json must not hold a @context: give it by a Link header")
        return self._of(link)

    def _of(self, value: Any) -> Context:
        return resolve(value, tenant_id=self.tenant.id)


def link_of(headers: Mapping[str, str]) -> str | None:
    """The @context of the `Link` header. Raises `BadRequestData` when there are two."""
    header = headers.get("link")
    if not header:
        return None
    found = [target for target, parameters in _LINK.findall(header) if LD_CONTEXT in parameters]
    if len(found) > 1:
        raise BadRequestData("more than one Link to a @context")
    return found[0] if found else None


def check_parameters(endpoint: Endpoint, query: Query) -> None:
    """Raises `InvalidRequest` for a parameter the endpoint does not have, or a word it does not know; `BadRequestData` for a flag that
    is neither true nor false, even where nothing depends on it."""
    known = endpoint.known
    for name in query.names():
        if name not in known:
            raise InvalidRequest(f"unknown parameter {name!r}")
        allowed = known[name].words
        if allowed and any(word not in allowed for word in query.get(name).split(",")):
            raise InvalidRequest(f"{name}: expected {', '.join(allowed)}")
        if known[name].is_flag:
            query.flag(name)
