"""Histories that other brokers keep as well as this one (ETSI GS CIM 009 V1.8.1, 5.7.3 and 5.7.4).

They are asked in the form and in the @context of the client, and joined as documents: instances and values in the order of their time.
Aggregates cannot be joined: those of this broker come first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.problems import BadRequestData, LdError
from parvis.telemetry.context.federation import operations
from parvis.telemetry.context.federation.asking import period, period_of
from parvis.telemetry.context.federation.discovery import Period, SourceQuery
from parvis.telemetry.context.federation.forwarding import Forward, Reply, is_back, send, warnings_of
from parvis.telemetry.context.federation.matching import Reach, Selector, Wanted, claim
from parvis.telemetry.context.federation.questions import question_of
from parvis.telemetry.context.federation.reads import concerned, looped, sources_of
from parvis.telemetry.context.federation.sources import Source
from parvis.telemetry.context.federation.writes import passed_on
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild.names import uri
from parvis.telemetry.context.ngsild.reading import read_types
from parvis.telemetry.context.query import asking as querying
from parvis.telemetry.context.store.values import Stored

_TIME = ("timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration")
_PASSED = (*_TIME, "datasetId", "lang", "options", "format")
_OF_ENTITY = frozenset(("id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt", "@context"))
_SERIES = ("values", "objects", "languageMaps", "vocabs", "jsons", "valueLists", "objectLists")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasts:
    """`is_told`: others were asked. `headers` tell what is missing."""

    documents: list[Document]
    headers: dict[str, str]
    is_told: bool = True


NOBODY = Pasts(documents=[], headers={}, is_told=False)


def past_elsewhere(asked: Asked, asks: querying.Wanted, urn: str) -> Pasts:
    """Of one entity."""
    named = frozenset((*asks.query.attributes, *asks.query.kept))
    wanted = Wanted(selectors=(Selector(ids=frozenset((urn,))),), attributes=named or None)
    terms = ",".join(sorted(map(asked.context.term, named)))
    found = [
        source
        for source, _ in _in_time(asked, SourceQuery(wanted=wanted))
        if source.supports(operations.RETRIEVE_TEMPORAL)
    ]
    forwards = [
        Forward(
            source=source,
            method="GET",
            path=f"/temporal/entities/{quote(urn, safe=':')}",
            context=asked.context,
            params=(*passed_on(asked, ("type",)), *((("attrs", terms),) if terms else ()), *passed_on(asked, _PASSED)),
        )
        for source in found
    ]
    return _told(asked, forwards)


def pasts_elsewhere(asked: Asked, asks: querying.Wanted) -> Pasts:
    """Of the entities of a query."""
    sources = [source for source in sources_of(asked) if source.supports(operations.QUERY_TEMPORAL)]
    period_asked = _period(asked)
    found = [
        (source, how)
        for source in sources
        if _is_in_time(source, period_asked)
        for _, how in concerned([replace(source, observed=None, managed=None)], asks)
    ]
    return _told(asked, [forward for source, how in found for forward in _forwards(asked, asks, source, how)])


def _in_time(asked: Asked, query: SourceQuery) -> Iterator[tuple[Source, Reach]]:
    asked_for = _period(asked)
    for source in sources_of(asked):
        if _is_in_time(source, asked_for) and (how := query.reach(replace(source, observed=None, managed=None))):
            yield source, how


def _period(asked: Asked) -> Period | None:
    if isinstance(asked.body, Mapping):
        told = asked.body.get("temporalQ")
        if not isinstance(told, Mapping) or "timerel" not in told:
            return None
        return period(
            told["timerel"], told["timeAt"], told.get("endTimeAt", ""), told.get("timeproperty") or "observedAt"
        )
    return period_of(asked.query) if "timerel" in asked.query else None


def _is_in_time(source: Source, asked_for: Period | None) -> bool:
    """One that tells no interval may have something of any time."""
    return asked_for is None or (source.observed is None and source.managed is None) or asked_for.holds(source)


def _forwards(asked: Asked, asks: querying.Wanted, source: Source, how: Reach) -> Iterator[Forward]:
    question = question_of(asked, asks).narrowed(how)
    if isinstance(asked.body, Mapping):
        document = {name: value for name, value in asked.body.items() if name not in ("@context", "pick", "omit")}
        if entities := question.entities(asked.context):
            document["entities"] = entities
        yield Forward(
            source=source,
            method="POST",
            path="/temporal/entityOperations/query",
            context=asked.context,
            params=passed_on(asked, ("options", "format", "lang")),
            body=document,
        )
        return
    for one in question.each():
        yield Forward(
            source=source,
            method="GET",
            path="/temporal/entities",
            context=asked.context,
            params=(*one.params(asked.context), *passed_on(asked, _PASSED)),
        )


def _told(asked: Asked, forwards: Sequence[Forward]) -> Pasts:
    if not forwards:
        return NOBODY
    if is_back(asked):
        return replace(NOBODY, headers=looped(asked))
    documents: list[Document] = []
    checked = []
    for reply in send(asked, forwards):
        try:
            if reply.error is None:
                documents += _documents(asked, reply)
            checked.append(reply)
        except LdError as error:
            checked.append(Reply(forward=reply.forward, error=error, warning="111 answered no NGSI-LD"))
    return Pasts(documents=documents, headers=warnings_of(asked, checked))


def _documents(asked: Asked, reply: Reply) -> list[Document]:
    """Those of an answer, as far as the source is registered for them and the caller may read them. Raises `BadRequestData`."""
    context = reply.forward.context
    found = []
    for one in reply.body if isinstance(reply.body, list) else [reply.body]:
        if not isinstance(one, dict):
            raise BadRequestData("A history is a JSON object.")
        urn, types = uri(one.get("id")), read_types(one.get("type"), context)
        claimed = claim(reply.forward.source, urn, types)
        terms = {context.attribute_name(term): term for term in one if term not in _OF_ENTITY}
        if not all(_is_attribute(one[term]) for term in terms.values()):
            raise BadRequestData("A history holds arrays of instances.")
        if claimed is False:
            continue
        kept = {name: one[term] for name, term in terms.items() if claimed is True or name in claimed}
        thing = Stored(urn=urn, types=types, attributes=kept, created_at=asked.now, modified_at=asked.now)
        visible = asked.rights.visible(thing)
        if visible is not None:
            head = {name: value for name, value in one.items() if name in _OF_ENTITY and name != "@context"}
            found.append(head | {terms[name]: one[terms[name]] for name in visible.attributes})
    return found


def _is_attribute(value: Any) -> bool:
    return all(
        isinstance(one, dict)
        and isinstance(one.get("datasetId", ""), str)
        and all(isinstance(one.get(name, []), list) for name in _SERIES)
        for one in _listed(value)
    )


def joined(here: Sequence[Document], there: Sequence[Document], *, last: int | None = None) -> list[Document]:
    """One history of each entity, those of this broker first. `last`: only so many of the newest of each attribute, newest first."""
    found: dict[str, Document] = {}
    for document in (*here, *there):
        known = found.get(document["id"])
        found[document["id"]] = document if known is None else _one(known, document, last)
    return list(found.values())


def projected(documents: Sequence[Document], asks: querying.Wanted, context: Context) -> list[Document]:
    """With the members that the client wants only."""
    projection = asks.projection
    if projection is None:
        return list(documents)
    return [
        {
            term: value
            for term, value in document.items()
            if projection.keeps(term if term in _OF_ENTITY else context.attribute_name(term))
        }
        for document in documents
    ]


def _one(first: Document, second: Document, last: int | None) -> Document:
    types = list(dict.fromkeys([*_listed(first["type"]), *_listed(second["type"])]))
    document = first | {"type": types if len(types) > 1 else types[0]}
    for term, told in second.items():
        if term not in document:
            document[term] = told
        elif term not in _OF_ENTITY:
            document[term] = _attribute(document[term], told, last)
    return document


def _attribute(first: Any, second: Any, last: int | None) -> Any:
    series = _series_of(first) or _series_of(second)
    if series:
        return _values(first, second, series, last)
    if any("type" in one and len(one) > 1 and not _is_instance(one) for one in _listed(first)):
        return first  # aggregates
    kept: dict[Any, Any] = {}
    for position, one in enumerate([*_listed(first), *_listed(second)]):
        kept.setdefault((one.get("datasetId"), _time(one) or position), one)
    ordered = sorted(kept.values(), key=_time, reverse=last is not None)
    return ordered if last is None else _newest(ordered, last)


def _is_instance(one: Mapping[str, Any]) -> bool:
    return not one.keys().isdisjoint(("value", "object", "languageMap", "vocab", "json", "valueList", "objectList"))


def _time(instance: Mapping[str, Any]) -> str:
    """The observation, else whatever time it tells; empty when it tells none."""
    return _text(instance.get("observedAt") or instance.get("modifiedAt") or instance.get("createdAt") or "")


def _text(instant: Any) -> str:
    """Instants of NGSI-LD sort as texts; ours may not have been written yet."""
    return instant_text(instant) if isinstance(instant, datetime) else str(instant)


def _newest(ordered: Sequence[Document], last: int) -> list[Document]:
    counts: dict[Any, int] = {}
    kept = []
    for one in ordered:
        counts[one.get("datasetId")] = number = counts.get(one.get("datasetId"), 0) + 1
        if number <= last:
            kept.append(one)
    return kept


def _series_of(attribute: Any) -> str:
    return next((name for one in _listed(attribute) for name in _SERIES if name in one), "")


def _values(first: Any, second: Any, series: str, last: int | None) -> Any:
    """Of `temporalValues`: pairs of value and time, by datasetId."""
    kept: dict[Any, Document] = {}
    for one in [*_listed(first), *_listed(second)]:
        known = kept.get(one.get("datasetId"))
        pairs = [*(known or {}).get(series, ()), *one.get(series, ())]
        by_time = {
            _text(pair[1]): pair for pair in reversed(pairs) if isinstance(pair, list | tuple) and len(pair) == 2
        }
        ordered = [by_time[at] for at in sorted(by_time, reverse=last is not None)]
        kept[one.get("datasetId")] = (known or one) | {series: ordered[:last]}
    told = list(kept.values())
    return told if len(told) > 1 else told[0]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
