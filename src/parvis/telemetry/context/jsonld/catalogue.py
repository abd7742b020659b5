"""Which @context a request means: the bundle, those held for its tenant, else fetched (ETSI GS CIM 009 V1.8.1, 5.5.5 and 5.13).

Compiled contexts are kept in memory with the rows they were made of, and compared with them every few seconds: another process may
have reloaded or deleted one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from threading import Lock
from time import monotonic
from typing import Any, Final

from django.conf import settings

from parvis.kernel import clock
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld import documents, hits
from parvis.telemetry.context.jsonld.context import CORE, Context
from parvis.telemetry.context.jsonld.core import is_core
from parvis.telemetry.context.jsonld.definitions import terms_of
from parvis.telemetry.context.jsonld.fetching import forget_failures
from parvis.telemetry.context.jsonld.places import PATH, is_product, own_id, own_url, product_url
from parvis.telemetry.context.jsonld.product import product_document
from parvis.telemetry.context.models import JsonLdContext

__all__ = ("CORE", "forget", "product", "resolve")

MOST_COMPILED: Final = 256
CHECK_EVERY_S: Final = 5.0

Version = datetime


@dataclass(slots=True, kw_only=True)
class _Compiled:
    """`rows`: those it was made of, and how old their documents are. `kept`: the same with the URL of a row of its own."""

    context: Context
    rows: Mapping[int, Version]
    checked_at: float
    kept: Context | None = None
    kept_row: int = 0

    def is_current(self) -> bool:
        """Whether its rows are still what they were; the row of `kept` may have gone, it is made again when needed."""
        now = monotonic()
        if now - self.checked_at < CHECK_EVERY_S:
            return True
        self.checked_at = now
        found = {
            row: fetched_at or created_at
            for row, fetched_at, created_at in JsonLdContext.objects.filter(
                id__in=[*self.rows, self.kept_row]
            ).values_list("id", "fetched_at", "created_at")
        }
        if found.pop(self.kept_row, None) is None:
            self.kept = None
        return found == self.rows


_compiled: dict[tuple[int, str], _Compiled] = {}
_lock = Lock()


def resolve(value: Any, *, tenant_id: int, keep_inline: bool = False, counted: bool = True) -> Context:
    """The context a request names, by URL or inline; None: the default of the deployment.

    Raises `LdContextNotAvailable` and `BadRequestData`. `keep_inline`: one without a URL is kept as implicitly created, to have one.
    `counted`: it is a use, as told by `numberOfHits`; looking at something is none.
    """
    if value is None:
        return CORE if settings.PARVIS_DEFAULT_CONTEXT == "core" else product()
    value = _simplest(value)
    if value is None:
        return CORE
    if isinstance(value, str) and is_product(value):
        return product()
    by_url = isinstance(value, str)
    key = (tenant_id, value if by_url else documents.canonical(value))
    known = _compiled.get(key)
    if known is None or not known.is_current():
        known = _remember(key, _compile(value, tenant_id))
    if counted and known.rows:
        hits.count(known.rows)
    if keep_inline and not known.context.link:
        return known.kept or _keep(known, tenant_id)
    return known.context


@cache
def product() -> Context:
    """Our own terms, by the URL under which they are served."""
    url = product_url()
    return Context(link=url, value=url, terms=terms_of(product_document()["@context"], documents.source))


def forget() -> None:
    """Drops what this process remembers, because rows have changed."""
    with _lock:
        _compiled.clear()
    forget_failures()


def _simplest(value: Any) -> Any:
    """Without the core, which is in every effective context; None when nothing is left. Raises `BadRequestData`."""
    if isinstance(value, list):
        left = [_whole(one) for one in value if not (isinstance(one, str) and is_core(one))]
        value = left[0] if len(left) == 1 and left[0] is not None else left
    if isinstance(value, str):
        return None if is_core(value) else _whole(value)
    if not isinstance(value, list | dict):
        raise BadRequestData("an @context is a URL, an object, or an array of those")
    return value or None


def _whole(one: Any) -> Any:
    """A path of ours, as `Location` gives it, with the host before it."""
    local_id = own_id(one) if isinstance(one, str) and one.startswith(PATH) else None
    return one if local_id is None else own_url(local_id)


def _compile(value: Any, tenant_id: int) -> _Compiled:
    rows: dict[int, Version] = {}

    def load(url: str) -> Any:
        if is_product(url):
            return product_document()
        row = documents.usable(url, tenant_id=tenant_id, now=clock.now())
        rows[row.pk] = row.fetched_at or row.created_at
        return row.body

    terms = terms_of(value, load)
    link = value if isinstance(value, str) else ""
    return _Compiled(context=Context(link=link, value=value, terms=terms), rows=rows, checked_at=monotonic())


def _remember(key: tuple[int, str], made: _Compiled) -> _Compiled:
    with _lock:
        while len(_compiled) >= MOST_COMPILED:
            del _compiled[next(iter(_compiled))]
        _compiled[key] = made
    return made


def _keep(known: _Compiled, tenant_id: int) -> Context:
    row = documents.keep_inline(known.context.value, tenant_id=tenant_id, now=clock.now())
    known.kept, known.kept_row = known.context.linked(own_url(row.local_id)), row.pk
    return known.kept
