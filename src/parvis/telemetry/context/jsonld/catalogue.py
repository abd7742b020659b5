"""Which @context a request means: the bundle, those held for its tenant, else fetched (ETSI GS CIM 009 V1.8.1, 5.5.5 and 5.13)."""

import json
from typing import Any

from parvis.telemetry.context.broker.problems import BadRequestData, LdContextNotAvailable
from parvis.telemetry.context.jsonld.context import CORE, Context
from parvis.telemetry.context.jsonld.core import is_core
from parvis.telemetry.context.jsonld.definitions import terms_of

__all__ = ("CORE", "resolve")

_compiled: dict[tuple[int, str], Context] = {}


def _load(url: str) -> Any:
    raise LdContextNotAvailable(f"{url} cannot be fetched")


def resolve(value: Any, *, tenant_id: int, keep_inline: bool = False) -> Context:
    """The context a request names, by URL or inline; None: the default of the deployment.

    Raises `LdContextNotAvailable` and `BadRequestData`. `keep_inline`: one without a URL is kept as implicitly created, to have one.
    """
    if value is None or (isinstance(value, str) and is_core(value)):
        return CORE
    if not isinstance(value, str | list | dict):
        raise BadRequestData("an @context is a URL, an object, or an array of those")
    key = (tenant_id, value if isinstance(value, str) else json.dumps(value, sort_keys=True))
    if (known := _compiled.get(key)) is None:
        link = value if isinstance(value, str) else ""
        known = _compiled[key] = Context(link=link, value=value, terms=terms_of(value, _load))
    return known
