"""From a request to its answer; synchronous, called in a thread. Whatever is asked, the answer is JSON that clients know."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
from django.db import DataError, OperationalError, connection, transaction
from django.utils import translation
from psycopg import errors

from parvis.telemetry.context.broker.endpoints import Right
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.broker.rights import rights_of
from parvis.telemetry.history.sensorthings import documents, options, paths
from parvis.telemetry.history.sensorthings.items import Page
from parvis.telemetry.history.sensorthings.model import ID_NAMES, NAVIGATIONS, SELF_LINK, Kind
from parvis.telemetry.history.sensorthings.options import Expand, Options
from parvis.telemetry.history.sensorthings.paths import ResourcePath
from parvis.telemetry.history.sensorthings.problems import BadRequest, NotFound, StaError, refusal
from parvis.telemetry.history.sensorthings.reading import Reader
from parvis.telemetry.history.sensorthings.scope import Scope
from parvis.telemetry.history.sensorthings.sqltext import Sql

log = logging.getLogger(__name__)

PATIENCE_MS = 5_000
"""Of each statement."""

JSON = "application/json"
_OF_SETS = ("$filter", "$orderby", "$top", "$skip", "$count")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`path` decoded, from the root of the service; `base` the address of that root."""

    method: str
    path: str
    query: str
    base: str
    now: datetime
    authorization: str = ""
    language: str = "fr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int = 200
    body: bytes = b""
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(asked: Asked) -> Answer:  # noqa: PLR0911 - one line a refusal
    if asked.method not in ("GET", "HEAD"):
        return _refused(405, "this service is read-only", {"Allow": "GET, HEAD"})
    try:
        with translation.override(asked.language):
            return _answer(asked)
    except StaError as error:
        return _refused(error.status, str(error))
    except LdError as error:
        return _refused(error.status, error.detail)
    except DataError:
        return _refused(400, "a value of the expression is out of range")
    except (OperationalError, errors.QueryCanceled) as error:
        if isinstance(error.__cause__ or error, errors.QueryCanceled):
            return _refused(400, "that takes more work than is offered: narrow it by time, type or area")
        log.exception("SensorThings: the database is away")
        return _refused(503, "the database is away", {"Retry-After": "5"})
    except Exception:  # whatever it is, clients get JSON and operators the trace
        log.exception("SensorThings: %s?%s", asked.path, asked.query)
        return _refused(500, "the service failed")


def _refused(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status=status, body=msgspec.json.encode(refusal(status, message)), headers=headers or {})


def _answer(asked: Asked) -> Answer:
    scope = Scope(rights=rights_of(asked.authorization, Right.READ, ""), now=asked.now, base=asked.base)
    if not asked.path.strip("/"):
        return _shown(documents.root(asked.base))
    path = paths.parse(asked.path)
    wanted = options.parse(asked.query, path.steps[-1].kind)
    with transaction.atomic():
        _query(_LIMITS)
        reader = Reader(scope, _query)
        if path.steps[-1].is_set:
            return _set(reader, path, wanted, asked)
        if path.property:
            return _property(reader, path, asked.base)
        return _entity(reader, path, wanted, asked)


_LIMITS = Sql("SELECT set_config('statement_timeout', %s, true), set_config('jit', 'off', true)", (str(PATIENCE_MS),))


def _query(statement: Sql) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _shown(document: Any, media: str = JSON) -> Answer:
    return Answer(body=msgspec.json.encode(document), media=media)


def _set(reader: Reader, path: ResourcePath, wanted: Options, asked: Asked) -> Answer:
    kind, address = path.steps[-1].kind, f"{asked.base}/{asked.path.strip('/').removesuffix('/$ref')}"
    if path.references:
        page = reader.set(path.steps, replace(wanted, select=(), expand=()))
        return _shown(documents.references(asked.base, page, address, wanted))
    match wanted.format:
        case "dataArray":
            if kind is not Kind.OBSERVATION or wanted.expand:
                raise BadRequest("a data array is of Observations, and nothing is expanded in it")
            return _shown(documents.data_array(asked.base, reader.set(path.steps, wanted), address, wanted))
        case "GeoJSON":
            wanted = _with_place(kind, wanted)
            page = reader.set(path.steps, wanted)
            return _shown(documents.geojson(asked.base, page, address, wanted), "application/geo+json")
    return _shown(documents.collection(asked.base, reader.set(path.steps, wanted), address, wanted))


def _with_place(kind: Kind, wanted: Options) -> Options:
    """A Thing is drawn where it is."""
    if kind is not Kind.THING or any(expand.name == "Locations" for expand in wanted.expand):
        return wanted
    place = Expand(name="Locations", navigation=NAVIGATIONS[kind]["Locations"], options=Options(select=("location",)))
    return replace(wanted, expand=(*wanted.expand, place))


def _entity(reader: Reader, path: ResourcePath, wanted: Options, asked: Asked) -> Answer:
    for name in _OF_SETS:
        if name in wanted.written:
            raise BadRequest(f"{name} is asked of a set of entities")
    if wanted.format == "dataArray":
        raise BadRequest("a data array is of Observations")
    if path.references:
        item = reader.entity(path.steps, Options(select=()))
        return _shown({SELF_LINK: documents.self_link(asked.base, item)})
    if wanted.format == "GeoJSON":
        wanted = _with_place(path.steps[-1].kind, wanted)
        page = Page(items=[reader.entity(path.steps, wanted)])
        return _shown(documents.geojson(asked.base, page, "", wanted), "application/geo+json")
    return _shown(documents.entity(asked.base, reader.entity(path.steps, wanted), wanted))


def _property(reader: Reader, path: ResourcePath, base: str) -> Answer:
    """204 for what is null (OGC 18-088, 9.2.4)."""
    item = reader.entity(path.steps, Options(select=(path.property,)))
    name, found = path.property, item.properties.get(path.property)
    if name in ID_NAMES:
        found = item.id
    elif name == SELF_LINK:
        found = documents.self_link(base, item)
    if path.members:
        found = msgspec.json.decode(found) if isinstance(found, msgspec.Raw) else None
        for name in path.members:
            if not isinstance(found, dict) or name not in found:
                raise NotFound(f"there is no {name[:80]!r}")
            found = found[name]
    if found is None:
        return Answer(status=204)
    if not path.value:
        return _shown({name: found})
    if isinstance(found, str):
        return Answer(body=found.encode(), media="text/plain; charset=utf-8")
    shown = msgspec.json.encode(found)
    return Answer(body=shown, media=JSON if shown[:1] in b"{[" else "text/plain; charset=utf-8")
