"""Lists of the ids of a query, by which its later pages stay the same while entities come and go (ETSI GS CIM 009 V1.8.1, 5.14)."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.broker.answering import Page
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.problems import BadRequestData, ResourceNotFound
from parvis.telemetry.context.federation.reads import Local, gathered, queried
from parvis.telemetry.context.models import EntityMap
from parvis.telemetry.context.ngsild.instants import parse_datetime
from parvis.telemetry.context.query.asking import Wanted
from parvis.telemetry.context.query.entities import Selector
from parvis.telemetry.context.query.finding import Found
from parvis.telemetry.context.store.values import Stored

HEADER: Final = "NGSILD-EntityMap"
HERE: Final = "@none"
"""What stands for this broker among the registrations that hold an entity."""
LIFETIME: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(hours=1)

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?\Z", re.ASCII)


def is_wished(asked: Asked) -> bool:
    """Whether the query is to be answered by a map: one it names, or a new one."""
    return HEADER.lower() in asked.headers or asked.query.flag("entityMap")


def path_of(row: EntityMap) -> str:
    return f"/ngsi-ld/v1/entityMaps/{row.urn}"


def document_of(row: EntityMap) -> dict[str, Any]:
    return {
        "id": row.urn,
        "type": "EntityMap",
        "expiresAt": instant_text(row.expires_at),
        "entityMap": row.entities,
        "linkedMaps": row.linked,
    }


def entity_map(urn: str, *, tenant_id: int, now: datetime) -> EntityMap:
    """Raises `ResourceNotFound`."""
    row = EntityMap.objects.filter(tenant_id=tenant_id, urn=urn, expires_at__gt=now).first()
    if row is None:
        raise ResourceNotFound(f"There is no entity map {urn}.")
    return row


def keep(holders: Mapping[str, Sequence[str]], asked: Asked) -> EntityMap:
    """`holders`: who holds each entity. Maps that have expired go."""
    EntityMap.objects.filter(expires_at__lte=asked.now).delete()
    return EntityMap.objects.create(
        tenant_id=asked.tenant.id,
        urn=f"urn:ngsi-ld:EntityMap:{uuid.uuid4()}",
        entities={urn: list(names) for urn, names in holders.items()},
        expires_at=asked.now + lifetime(asked.query.get("entityMapLifetime")),
    )


def lifetime(text: str) -> timedelta:
    """Of a map that a client wants for so long; not longer than `LONGEST`. Raises `BadRequestData`."""
    if not text:
        return LIFETIME
    match = _DURATION.match(text)
    if match is None or not any(match.groups()):
        raise BadRequestData("entityMapLifetime is an ISO 8601 duration of days and less.")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    try:
        return min(LONGEST, timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))
    except OverflowError:
        return LONGEST


def made(asked: Asked, asks: Wanted, local: Local) -> tuple[EntityMap, dict[str, str]]:
    """A map of all that answers the query, and what to tell of sources that failed."""
    union = gathered(asked, asks, None, local)
    return keep(union.holders, asked), union.headers


def paged(asked: Asked, asks: Wanted, page: Page, local: Local) -> tuple[Found, dict[str, str], int]:
    """A page of a map: the one named by the request, else a new one, which is told by the status 201."""
    row = _named(asked)
    headers: dict[str, str] = {}
    status = 200
    if row is None:
        row, headers = made(asked, asks, local)
        status = 201
    things, warned = _page(row, asked, asks, page, local)
    left = len(row.entities)
    found = Found(things=things, more=left > page.offset + page.limit, total=left)
    return found, headers | warned | {HEADER: path_of(row)}, status


def of_one(asked: Asked, urn: str, holders: Sequence[str]) -> dict[str, str]:
    """Of an entity read by its id: where the map is that the request names, else a new one that holds this entity."""
    row = _named(asked) or keep({urn: holders}, asked)
    return {HEADER: path_of(row)}


def _named(asked: Asked) -> EntityMap | None:
    named = unquote(asked.headers.get(HEADER.lower(), "")).rstrip("/").rpartition("/")[2]
    return EntityMap.objects.filter(tenant_id=asked.tenant.id, urn=named, expires_at__gt=asked.now).first()


def _page(row: EntityMap, asked: Asked, asks: Wanted, page: Page, local: Local) -> tuple[list[Stored], dict[str, str]]:
    """Entities of the map that still answer the query; the others leave the map."""
    urns = sorted(row.entities)  # jsonb keeps no order
    things: list[Stored] = []
    gone: set[str] = set()
    headers: dict[str, str] = {}
    at = page.offset
    while len(things) < page.limit and at < len(urns):
        chunk = urns[at : at + page.limit - len(things)]
        part = Page(limit=len(chunk), offset=0, count=False)
        found, warned = queried(asked, _only(asks, chunk), part, local)
        headers |= warned
        by_urn = {thing.urn: thing for thing in found.things}
        things += [by_urn[urn] for urn in chunk if urn in by_urn]
        gone |= set(chunk) - by_urn.keys()
        at += len(chunk)
    if gone:
        row.entities = {urn: names for urn, names in row.entities.items() if urn not in gone}
        row.save(update_fields=["entities"])
    return things, headers


def _only(asks: Wanted, urns: Sequence[str]) -> Wanted:
    selectors = asks.query.selectors or (Selector(),)
    kept = tuple(
        replace(one, ids=chosen)
        for one in selectors
        if (chosen := tuple(urn for urn in urns if not one.ids or urn in one.ids))
    )
    return replace(asks, query=replace(asks.query, selectors=kept or (Selector(ids=tuple(urns)),)))


def prolong(row: EntityMap, fragment: Mapping[str, Any]) -> None:
    """Only `expiresAt` counts. Raises `BadRequestData`."""
    if "expiresAt" in fragment:
        row.expires_at = parse_datetime(fragment["expiresAt"], "expiresAt")
        row.save(update_fields=["expires_at"])
