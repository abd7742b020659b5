"""What every answer of the broker carries (ETSI GS CIM 009 V1.8.1, 6.3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from parvis.telemetry.context.broker.asking import LD_CONTEXT, Asked
from parvis.telemetry.context.broker.media import Media
from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.store.values import Operation, Outcome

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 1000


@dataclass(slots=True, kw_only=True)
class Answer:
    """`body` is JSON-able, None for none. `media` is its form."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media: str = Media.JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What an endpoint wants written before it answers: `finish` is given what became of each operation, or raises its refusal."""

    operations: Sequence[Operation]
    finish: Callable[[list[Outcome]], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    limit: int
    offset: int
    count: bool


def created(location: str) -> Answer:
    """201, nothing in it but where: a path below `/ngsi-ld/v1`, encoded."""
    return Answer(status=201, headers={"Location": f"/ngsi-ld/v1{location}"})


def nothing() -> Answer:
    return Answer(status=204)


def link_to(context: Context) -> str:
    return f'<{context.link}>; rel="{LD_CONTEXT}"; type="{Media.LD}"'


def document(asked: Asked, body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """NGSI-LD content, one object or a list: its @context in a Link, in the object or in each object, as the client wished.

    A GeoJSON body is `geojson`'s to make: it is given as it is, with the form chosen by the caller.
    """
    answer = Answer(status=status, body=body, headers=dict(headers or {}), media=asked.accept)
    if asked.accept is Media.JSON:
        _add_link(asked, answer)
    elif asked.accept is Media.LD:
        value = asked.context.value
        if isinstance(body, list):
            answer.body = [one | {"@context": value} if isinstance(one, dict) else one for one in body]
        elif isinstance(body, dict):
            answer.body = body | {"@context": value}
    else:
        _geo(asked, answer)
    return answer


def _geo(asked: Asked, answer: Answer) -> None:
    """GeoJSON holds its @context, unless the client prefers `body=json`: then a Link names it."""
    if "body=json" in asked.headers.get("prefer", "").replace('"', "").replace(" ", "").split(","):
        _add_link(asked, answer)
    elif isinstance(answer.body, dict):
        answer.body = answer.body | {"@context": asked.context.value}


def _add_link(asked: Asked, answer: Answer) -> None:
    """An inline context that nothing has kept has no URL to link to."""
    if asked.context.link:
        others = answer.headers.get("Link")
        link = link_to(asked.context)
        answer.headers["Link"] = f"{link}, {others}" if others else link


def page_of(asked: Asked) -> Page:
    """Raises `BadRequestData`."""
    count = asked.query.flag("count")
    limit = asked.query.number("limit", least=0, default=DEFAULT_LIMIT)
    if limit == 0 and not count:
        raise BadRequestData("limit: 0 is only for count=true")
    if limit > LARGEST_LIMIT:
        raise BadRequestData(f"limit: at most {LARGEST_LIMIT}")
    return Page(limit=limit, offset=asked.query.number("offset", least=0, default=0), count=count)


def paged(
    asked: Asked,
    items: Sequence[Any] | dict[str, Any],
    page: Page,
    *,
    more: bool,
    total: int | None = None,
    status: int = 200,
) -> Answer:
    """A page of a list: Link to the previous and the next one, and the total when it was asked for."""
    headers: dict[str, str] = {}
    if page.count and total is not None:
        headers["NGSILD-Results-Count"] = str(total)
    if page.limit:
        links = []
        if page.offset > 0:
            links.append(_link(asked, "prev", page.limit, max(0, page.offset - page.limit)))
        if more:
            links.append(_link(asked, "next", page.limit, page.offset + page.limit))
        if links:
            headers["Link"] = ", ".join(links)
    body = items if isinstance(items, dict) else list(items)
    return document(asked, body, status=status, headers=headers)


def _link(asked: Asked, relation: str, limit: int, offset: int) -> str:
    """Without spaces and with sorted parameters: clients are seen to compare the text."""
    kept = {name: asked.query.get(name) for name in asked.query.names()}
    query = urlencode(sorted((kept | {"limit": str(limit), "offset": str(offset)}).items()), safe=":/*")
    return f'<{asked.target.rstrip("/")}?{query}>;rel="{relation}";type="{asked.accept}"'
