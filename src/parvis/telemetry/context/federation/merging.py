"""Several accounts of one entity become one (ETSI GS CIM 009 V1.8.1, 4.5.5.3 and 4.3.6). Pure.

Types and scopes are united, attributes joined. Of the same attribute and datasetId the instance observed last wins, else the one
modified last, else the account heard first. An auxiliary source only tells what nobody else does.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import structs

from parvis.telemetry.context.attributes import Instance, instances_of
from parvis.telemetry.context.broker.problems import BadRequestData, LdError
from parvis.telemetry.context.federation.matching import claim
from parvis.telemetry.context.federation.sources import Source
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild.instants import parse_datetime
from parvis.telemetry.context.ngsild.reading import Mode, read_entity
from parvis.telemetry.context.store.values import Stored

_TIMES = ("createdAt", "modifiedAt")
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def read_accounts(body: Any, source: Source, context: Context, now: datetime) -> list[Stored]:
    """The entities of an answer, without what the source was not registered for. Raises `LdError` for what is no NGSI-LD.

    A single object is taken where an array is due.
    """
    if body is None:
        return []
    listed = body if isinstance(body, list) else [body]
    accounts = (read_account(one, source, context, now) for one in listed)
    return [account for account in accounts if account is not None]


def read_account(document: Any, source: Source, context: Context, now: datetime) -> Stored | None:
    """One entity. None for an entity, or what would be left of it, outside the registration, and for an expired one."""
    fragment = read_entity(document, context, mode=Mode.CREATE)
    if fragment.urn is None:
        raise BadRequestData("An entity has no id.")
    if fragment.expires_at is not None and fragment.expires_at <= now:
        return None
    claimed = claim(source, fragment.urn, fragment.types)
    if claimed is False:
        return None
    names = {context.attribute_name(term): given for term, given in document.items() if _is_timed(given)}
    attributes: dict[str, Any] = {}
    for name, instances in fragment.attributes.items():
        if claimed is not True and name not in claimed:
            continue
        kept = [_timed(one, names.get(name)) for one in instances if not _expired(one, now)]
        if kept:
            attributes[name] = kept if len(kept) > 1 else kept[0]
    if not attributes and claimed is not True:
        return None
    return Stored(
        urn=fragment.urn,
        types=fragment.types,
        attributes=attributes,
        scopes=fragment.scopes or [],
        created_at=_instant(document.get("createdAt"), now),
        modified_at=_instant(document.get("modifiedAt"), now),
        expires_at=fragment.expires_at,
        tenant_id=source.tenant_id,
    )


def _is_timed(given: Any) -> bool:
    """Whether an attribute as it was sent tells its times."""
    return any(isinstance(one, dict) and "modifiedAt" in one for one in (given if isinstance(given, list) else [given]))


def _timed(instance: Instance, given: Any) -> Instance:
    """With the times the source told of it."""
    for one in given if isinstance(given, list) else [given]:
        if isinstance(one, dict) and _dataset(one) == _dataset(instance):
            return instance | {name: one[name] for name in _TIMES if isinstance(one.get(name), str)}
    return instance


def _dataset(instance: Mapping[str, Any]) -> Any:
    told = instance.get("datasetId", "")
    return "" if told == "@none" else told


def _expired(instance: Instance, now: datetime) -> bool:
    told = instance.get("expiresAt")
    return told is not None and _instant(told, now) <= now


def _instant(told: Any, otherwise: datetime) -> datetime:
    try:
        return parse_datetime(told) if told is not None else otherwise
    except LdError:
        return otherwise


def merged(first: Stored, second: Stored, *, fills: bool = False) -> Stored:
    """`first` is the account heard first; `fills`: the second is that of an auxiliary source."""
    attributes = dict(first.attributes)
    for name, told in second.attributes.items():
        attributes[name] = _joined(attributes[name], told, fills) if name in attributes else told
    return structs.replace(
        first,
        types=list(dict.fromkeys([*first.types, *second.types])),
        scopes=list(dict.fromkeys([*first.scopes, *second.scopes])),
        attributes=attributes,
        created_at=min(first.created_at, second.created_at),
        modified_at=max(first.modified_at, second.modified_at),
    )


def _joined(first: Any, second: Any, fills: bool) -> Any:
    kept = {_dataset(one): one for one in instances_of(first)}
    for one in instances_of(second):
        dataset = _dataset(one)
        if dataset not in kept or (not fills and _age(one) > _age(kept[dataset])):
            kept[dataset] = one
    instances = sorted(kept.values(), key=lambda one: "datasetId" in one)
    return instances if len(instances) > 1 else instances[0]


def _age(instance: Instance) -> tuple[datetime, datetime]:
    """Larger is newer."""
    return _instant(instance.get("observedAt"), _EARLIEST), _instant(instance.get("modifiedAt"), _EARLIEST)


def united(accounts: Iterable[tuple[Stored, bool]]) -> dict[str, Stored]:
    """By id, in the order in which each was first told of. Each account with whether it only fills; those come last."""
    found: dict[str, Stored] = {}
    for account, fills in sorted(accounts, key=lambda one: one[1]):
        known = found.get(account.urn)
        found[account.urn] = account if known is None else merged(known, account, fills=fills)
    return found
