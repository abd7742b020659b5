"""Reading entities that other brokers hold as well as this one (ETSI GS CIM 009 V1.8.1, 5.7.1 and 5.7.2)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from parvis.telemetry.context.broker.answering import Page
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.endpoints import Right
from parvis.telemetry.context.broker.problems import BadRequestData, LdError
from parvis.telemetry.context.federation import index, operations
from parvis.telemetry.context.federation.discovery import SourceQuery
from parvis.telemetry.context.federation.forwarding import Forward, Reply, context_of, is_back, send, warnings_of
from parvis.telemetry.context.federation.identity import alias_of
from parvis.telemetry.context.federation.matching import Names, Reach, Selector, Wanted
from parvis.telemetry.context.federation.merging import read_accounts, united
from parvis.telemetry.context.federation.paging import followed
from parvis.telemetry.context.federation.questions import Question, question_of
from parvis.telemetry.context.federation.sources import Mode, Source, is_callable
from parvis.telemetry.context.query import asking as querying
from parvis.telemetry.context.query.entities import EntityQuery
from parvis.telemetry.context.query.evaluate import matches
from parvis.telemetry.context.query.finding import Found
from parvis.telemetry.context.query.types import names_in
from parvis.telemetry.context.store.values import Stored

_LARGEST = 1000
_MOST = 20_000
"""Things of this broker that are read to be joined with those of others."""

Local = Callable[[EntityQuery, Page], Found]


def sources_of(asked: Asked) -> tuple[Source, ...]:
    """Those that may be asked on behalf of this request: none when it is to stay here, none that it comes from.

    The writes of a limited token stay here too: nothing tells whose the things of a neighbour are, nor in which commune.
    """
    registered = index.registered(asked.tenant.id, asked.now)
    if not registered or asked.local or (asked.rights.limited and asked.endpoint.right is Right.WRITE):
        return ()
    return tuple(one for one in registered if is_callable(one.endpoint) and not (one.alias and one.alias in asked.via))


def looped(asked: Asked) -> dict[str, str]:
    """What a reader is told when the request has been here before: only what is here is answered."""
    return {"NGSILD-Warning": f'199 {alias_of(asked.tenant)} "the request came back, other brokers are not asked"'}


def retrieved(
    asked: Asked, asks: querying.Wanted, urn: str, local: Stored | None
) -> tuple[Stored | None, list[str], dict[str, str]]:
    """The entity as all know it, who holds it, and what to tell of those that failed. `local`: as it is here."""
    sources = sources_of(asked)
    holders = ["@none"] if local is not None else []
    if not sources:
        return local, holders, {}
    attributes = _attributes(asks)
    types = _types(asked, asks)
    wanted = Wanted(
        selectors=(Selector(types=types, ids=frozenset((urn,))),),
        attributes=attributes,
        dataset_ids=_datasets(asks),
    )
    found = [
        (source, how)
        for source, how in SourceQuery(wanted=wanted, members=_members(asks)).found(sources)
        if source.supports(operations.RETRIEVE_ENTITY, operations.QUERY_ENTITY, operations.QUERY_BATCH)
    ]
    if found and is_back(asked):
        return local, holders, looped(asked)
    replies = send(asked, [_retrieval(asked, source, how, urn, attributes) for source, how in found])
    accounts, replies = _accounts(asked, replies)
    known = [(local, False)] if local is not None else []
    told = [(account, fills) for account, fills, _ in accounts if account.urn == urn]
    holders += dict.fromkeys(holder for account, _, holder in accounts if account.urn == urn)
    return united([*known, *told]).get(urn), holders, warnings_of(asked, replies)


def _retrieval(asked: Asked, source: Source, how: Reach, urn: str, attributes: Names | None) -> Forward:
    context = context_of(source, asked.context)
    options = _options(asked)
    if source.supports(operations.RETRIEVE_ENTITY):
        limits = how.attributes if attributes is not None else None
        named = (("attrs", ",".join(sorted(map(context.term, limits)))),) if limits else ()
        kind = (("type", asked.query.get("type")),) if "type" in asked.query and not source.context else ()
        return Forward(
            source=source,
            method="GET",
            path=f"/entities/{quote(urn, safe=':')}",
            context=context,
            params=(*kind, *named, *options),
        )
    question = Question(selectors=((how.types, (urn,), ""),), attributes=how.attributes)
    return question.forward(source, context, options=options)


def queried(asked: Asked, asks: querying.Wanted, page: Page, local: Local) -> tuple[Found, dict[str, str]]:
    """A page of what all know together, and what to tell of those that failed. `local` gives a page of what is here.

    Where entities are split over several brokers, conditions are looked at once everything is known of each.
    """
    if not _able(asked, asks):
        return local(asks.query, page), {}
    if is_back(asked):
        return local(asks.query, page), looped(asked)
    if asks.order is not None:
        raise BadRequestData("orderBy is for local=true: other brokers hold entities that answer this query.")
    union = gathered(asked, asks, page, local)
    return _paged(union, page), union.headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """What all know together. `holders`: who told of each, `@none` for this broker. `beyond`: how many more there are here than were
    read, when that was asked for."""

    things: list[Stored]
    holders: dict[str, list[str]]
    headers: dict[str, str]
    beyond: int


def gathered(asked: Asked, asks: querying.Wanted, page: Page | None, local: Local) -> Union:
    """As many entities as it takes for this page; all without one."""
    question = question_of(asked, asks)
    counts = page is None or page.count
    needed = None if page is None or counts or question.is_split else page.offset + page.limit + 1
    options = (*_options(asked), *_limits(asked, needed, counts=counts))
    forwards = [
        forward
        for source, how in _able(asked, asks)
        for forward in question.narrowed(how).forwards(source, context_of(source, asked.context), options=options)
    ]
    accounts, replies = _accounts(asked, followed(asked, send(asked, forwards), needed))
    query = replace(asks.query, q=None, geo=None, scope=None) if question.is_split else asks.query
    here = local(query, Page(limit=needed or _MOST, offset=0, count=counts))
    things = list(
        united([*((thing, False) for thing in here.things), *((one, fills) for one, fills, _ in accounts)]).values()
    )
    if question.is_split:
        things = [thing for thing in things if matches(asks.query, thing)]
    holders: dict[str, list[str]] = {thing.urn: [] for thing in things}
    for urn, holder in [
        *((thing.urn, "@none") for thing in here.things),
        *((one.urn, urn) for one, _, urn in accounts),
    ]:
        if urn in holders and holder not in holders[urn]:
            holders[urn].append(holder)
    return Union(
        things=things,
        holders=holders,
        headers=warnings_of(asked, replies),
        beyond=max(0, (here.total or 0) - len(here.things)),
    )


def _able(asked: Asked, asks: querying.Wanted) -> list[tuple[Source, Reach]]:
    return [
        (source, how)
        for source, how in concerned(sources_of(asked), asks)
        if source.supports(operations.QUERY_ENTITY, operations.QUERY_BATCH)
    ]


def concerned(sources: Sequence[Source], asks: querying.Wanted) -> Iterator[tuple[Source, Reach]]:
    """The sources that may hold what is asked for; none when it is all of this broker."""
    if sources and not asks.whole:
        yield from SourceQuery(wanted=_wanted(asks), members=_members(asks)).found(sources)


def _paged(union: Union, page: Page) -> Found:
    end = page.offset + page.limit
    total = len(union.things) + union.beyond if page.count else None
    return Found(things=union.things[page.offset : end], more=(total or len(union.things)) > end, total=total)


def _accounts(asked: Asked, replies: Sequence[Reply]) -> tuple[list[tuple[Stored, bool, str]], list[Reply]]:
    """What the answers tell: the entity, whether it only fills gaps, the registration; and the replies, those that hold no NGSI-LD
    with a warning."""
    accounts: list[tuple[Stored, bool, str]] = []
    checked: list[Reply] = []
    for reply in replies:
        if reply.error is None:
            source = reply.forward.source
            try:
                told = read_accounts(reply.body, source, reply.forward.context, asked.now)
            except LdError as error:
                checked.append(Reply(forward=reply.forward, error=error, warning="111 answered no NGSI-LD"))
                continue
            fills = source.mode is Mode.AUXILIARY
            accounts += [
                (seen, fills, source.urn) for account in told if (seen := asked.rights.visible(account)) is not None
            ]
        checked.append(reply)
    return accounts, checked


def _wanted(asks: querying.Wanted) -> Wanted:
    return Wanted(
        selectors=tuple(
            Selector(
                types=None if one.types is None else frozenset(names_in(one.types)),
                ids=frozenset(one.ids),
                pattern=one.pattern,
            )
            for one in asks.query.selectors
        ),
        attributes=_attributes(asks),
        dataset_ids=_datasets(asks),
    )


def _members(asks: querying.Wanted) -> tuple[EntityQuery, ...]:
    return () if asks.csf is None else (EntityQuery(q=asks.csf),)


def _attributes(asks: querying.Wanted) -> Names | None:
    """The only attributes the client wants; None: all."""
    return frozenset((*asks.query.attributes, *asks.query.kept)) or None


def _datasets(asks: querying.Wanted) -> Names:
    return asks.dataset_ids or frozenset()


def _types(asked: Asked, asks: querying.Wanted) -> Names | None:
    selector = asks.query.selectors[0] if asks.query.selectors else None
    return None if selector is None or selector.types is None else frozenset(names_in(selector.types))


def _options(asked: Asked) -> tuple[tuple[str, str], ...]:
    """Times are asked for when the client wants them: strict sources would not know the address otherwise."""
    return (("options", "sysAttrs"),) if "sysAttrs" in asked.query.options else ()


def _limits(asked: Asked, needed: int | None, *, counts: bool) -> tuple[tuple[str, str], ...]:
    """A client that says how much it wants has the sources told so."""
    if not counts and "limit" not in asked.query and "offset" not in asked.query:
        return ()
    return (("limit", str(min(_LARGEST, needed or _LARGEST))),)
