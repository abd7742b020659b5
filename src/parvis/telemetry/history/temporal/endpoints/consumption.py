"""Reading the past (ETSI GS CIM 009 V1.8.1, 6.18.3.2, 6.19.3.1, 6.24)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from parvis.telemetry.context.broker import parameters
from parvis.telemetry.context.broker.answering import Answer, Page, document, page_of, paged
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.consumption import CONDITIONS, MAPS
from parvis.telemetry.context.broker.endpoints import Body, Endpoint, Right, endpoint
from parvis.telemetry.context.broker.problems import BadRequestData, ResourceNotFound
from parvis.telemetry.context.federation.entity_maps import is_wished
from parvis.telemetry.context.federation.pasts import NOBODY, joined, past_elsewhere, pasts_elsewhere, projected
from parvis.telemetry.context.ngsild.names import uri
from parvis.telemetry.context.query.asking import Wanted, wanted
from parvis.telemetry.context.query.finding import bounded
from parvis.telemetry.context.query.given import Given, given_by_address, given_by_document
from parvis.telemetry.context.query.searching import Caller
from parvis.telemetry.context.query.types import type_selection
from parvis.telemetry.history.identities import Subject
from parvis.telemetry.history.reading import Interval
from parvis.telemetry.history.temporal.asking import FORMS, Form, Wish, wish_of_address, wish_of_document
from parvis.telemetry.history.temporal.drawing import Artist, summed_entity
from parvis.telemetry.history.temporal.evolutions import Evolution, Sight, evolutions, plan
from parvis.telemetry.history.temporal.maps import header_of, limited_to, named_map, new_map
from parvis.telemetry.history.temporal.querying import found, matching
from parvis.telemetry.history.temporal.summing import summed
from parvis.telemetry.history.temporal.writing import seen_subject

_REPRESENTATION = (
    parameters.words("format", *FORMS),
    parameters.words("options", *FORMS, "sysAttrs"),
    parameters.LANG,
)
_AGGREGATION = (
    parameters.text("aggrMethods", "totalCount, distinctCount, sum, avg, min, max, stddev, sumsq; comma separated"),
    parameters.text("aggrPeriodDuration", "ISO 8601 duration of a period; PT0S: all at once"),
)
_TIME = (
    parameters.text("timerel", "before, after or between"),
    parameters.text("timeAt"),
    parameters.text("endTimeAt"),
    parameters.text("timeproperty", "observedAt, createdAt, modifiedAt or deletedAt"),
    parameters.number("lastN", 1, "the most recent instances of each attribute"),
)
_SHAPE = (
    parameters.text("attrs", "attributes, comma separated: at least one is there, and only these are answered"),
    parameters.text("pick", "members to answer"),
    parameters.text("omit", "members to leave out"),
    parameters.DATASET,
)
_READ = (*_TIME, *_AGGREGATION, *_SHAPE, *_REPRESENTATION, parameters.LOCAL)
_CUT = {206: "the part that Content-Range tells: there is more than one answer holds"}


@endpoint(
    "GET",
    "/temporal/entities/{entityId}",
    right=Right.READ,
    parameters=(*_READ, *MAPS, parameters.TYPE),
    answers={200: "its history", 404: "no such history, or nothing left of it"} | _CUT,
)
def retrieve(asked: Asked) -> Answer:
    """The history of an entity."""
    urn = uri(asked.path["entityId"])
    asks = wanted(given_by_address(asked.query), asked.context)
    wish = wish_of_address(asked.query)
    elsewhere = past_elsewhere(asked, asks, urn)
    told = [one for one in elsewhere.documents if one["id"] == urn]
    try:
        here, content_range = _history(asked, urn, _unprojected(asks) if told else asks, wish)
    except ResourceNotFound as missing:
        missing.headers = elsewhere.headers
        if not told:
            raise
        here, content_range = [], ""
    if told:
        here = projected(joined(here, told, last=wish.last), asks, asked.context)
    headers = elsewhere.headers
    if asked.query.flag("entityMap"):
        headers = headers | header_of(new_map(asked, [urn]))
    return _answer(document(asked, here[0], headers=headers), content_range)


def _unprojected(asks: Wanted) -> Wanted:
    """Histories are joined whole, then projected."""
    return replace(asks, projection=None)


def _history(asked: Asked, urn: str, asks: Wanted, wish: Wish) -> tuple[list[dict[str, Any]], str]:
    """As this broker keeps it, and the Content-Range when it is only a part. Raises `ResourceNotFound`."""
    subject = seen_subject(asked, urn)
    if "type" in asked.query:
        selection = type_selection(asked.query.get("type"), asked.context.name)
        if not selection.holds(subject.thing.types):
            raise ResourceNotFound(f"There is no history of {urn} as such a type.")
    sight = Sight(rights=asked.rights, asks=asks)
    with bounded():
        shown, content_range = _shown(asked, [subject], wish, sight)
        if not _is_told(shown[0]):
            _check_history(subject, sight)
    return shown, content_range


def _is_told(drawn: dict[str, Any]) -> bool:
    return not drawn.keys() <= {"id", "type", "createdAt", "modifiedAt", "deletedAt"}


def _check_history(subject: Subject, sight: Sight) -> None:
    """Nothing in the interval is an answer, nothing at all is none. Raises `ResourceNotFound`."""
    every = plan([subject], Interval(), Sight(rights=sight.rights, asks=Wanted(query=sight.asks.query)))
    names = {key.name for key in every.by_subject[subject.id].values()}
    needed = frozenset(sight.asks.query.attributes or sight.asks.query.kept)
    if not names or (needed and not needed & names):
        raise ResourceNotFound(f"There is no history of {subject.thing.urn}, or nothing of what is asked.")


@endpoint(
    "GET",
    "/temporal/entities",
    right=Right.READ,
    parameters=(
        *CONDITIONS,
        *_READ,
        *MAPS,
        parameters.text("orderBy", "id; ;asc or ;desc"),
        *parameters.PAGING,
    ),
    answers={200: "the histories of those that match", 201: "the same, and a map of their ids"} | _CUT,
)
def query(asked: Asked) -> Answer:
    """The histories of the entities that match."""
    given = given_by_address(asked.query)
    asks = wanted(given, asked.context)
    if asks.whole and "local" in asked.query and not asked.local:
        raise BadRequestData("type=* is of this broker only: it excludes local=false.")
    return _answer_of(asked, given, asks, wish_of_address(asked.query))


@endpoint(
    "POST",
    "/temporal/entityOperations/query",
    right=Right.READ,
    body=Body.OBJECT,
    parameters=(*parameters.PAGING, *_REPRESENTATION, parameters.LOCAL),
    answers={200: "the histories of those that match"} | _CUT,
)
def query_by_document(asked: Asked) -> Answer:
    """The same query as a document."""
    given = given_by_document(asked.body, temporal=True)
    return _answer_of(asked, given, wanted(given, asked.context), wish_of_document(asked.body, asked.query))


def _answer_of(asked: Asked, given: Given, asks: Wanted, wish: Wish) -> Answer:
    page = page_of(asked)
    asks.check_breadth(local=asked.local)
    reverse = _reverse(given)
    caller = Caller(tenant_id=asked.tenant.id, rights=asked.rights, now=asked.now)
    asks, mapped, status = _mapped(asked, asks, wish, caller)
    elsewhere = NOBODY if asks.whole else pasts_elsewhere(asked, asks)
    part = Page(limit=page.offset + page.limit + 1, offset=0, count=page.count) if elsewhere.is_told else page
    with bounded():
        result = found(asks, wish, caller, limit=part.limit, offset=part.offset, count=part.count, reverse=reverse)
        sight = Sight(rights=asked.rights, asks=_unprojected(asks) if elsewhere.is_told else asks)
        shown, content_range = _shown(asked, result.subjects, wish, sight)
    more, total = result.more, result.total
    if elsewhere.is_told:
        here = _as_told(shown)
        whole = joined(here, elsewhere.documents, last=wish.last) if all("id" in one for one in here) else here
        end = page.offset + page.limit
        total = None if total is None else total + len(whole) - len(shown)
        more = len(whole) > end
        shown = projected(whole[page.offset : end], asks, asked.context)
    answer = paged(asked, shown, page, more=more, total=total, status=status)
    answer.headers |= elsewhere.headers | mapped
    return _answer(answer, content_range)


def _mapped(asked: Asked, asks: Wanted, wish: Wish, caller: Caller) -> tuple[Wanted, dict[str, str], int]:
    """The query by a map of ids, when the client wishes one: that which it names, else a new one."""
    if not is_wished(asked):
        return asks, {}, 200
    row, status = named_map(asked), 200
    if row is None:
        if wish.relation is None:
            raise BadRequestData("A map of a query of the past takes timerel and timeAt.")
        with bounded():
            row, status = new_map(asked, (one.thing.urn for one in matching(asks, wish, caller))), 201
    return limited_to(row, asks), header_of(row), status


def _as_told(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With instants as text, as other brokers tell theirs."""
    told: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(documents))
    return told


def _reverse(given: Given) -> bool | None:
    """Histories are ordered by id, or not at all (5.7.4.3). Raises `BadRequestData`."""
    if not given.order_by:
        return None
    if given.order_by not in (("id",), ("id;asc",), ("id;desc",)):
        raise BadRequestData("orderBy: histories are ordered by id only.")
    return given.order_by == ("id;desc",)


def _shown(asked: Asked, subjects: Sequence[Subject], wish: Wish, sight: Sight) -> tuple[list[dict[str, Any]], str]:
    """The documents, and the Content-Range when they are only a part."""
    artist = Artist(asked.context, wish, sight.asks)
    if wish.form is Form.AGGREGATED:
        said = summed(subjects, wish, sight)
        return [
            summed_entity(artist, Evolution(subject=subject, series={}), said[subject.id]) for subject in subjects
        ], ""
    each = evolutions(subjects, wish, sight)
    return [artist.entity(one) for one in each.each], each.content_range


def _answer(answer: Answer, content_range: str) -> Answer:
    if content_range:
        answer.status = 206
        answer.headers["Content-Range"] = content_range
    return answer


ENDPOINTS: tuple[Endpoint, ...] = (retrieve, query, query_by_document)
