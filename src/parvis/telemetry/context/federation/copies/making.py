"""What the keeper does when it looks: copies are made, changed and taken back until they are as they should be (ETSI GS CIM 009 V1.8.1,
5.8.1.4, 5.8.2.4 and 5.8.5.4). What is planned and recorded reads and writes the database; what is between goes over the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import msgspec
from django.db import transaction

from parvis.kernel.outgoing import OutgoingError, OutgoingRequest, OutgoingResponse
from parvis.telemetry.context.attributes import NULL, instant_text, parse_instant
from parvis.telemetry.context.broker import identity
from parvis.telemetry.context.broker.asking import Asked, Query
from parvis.telemetry.context.broker.media import Media
from parvis.telemetry.context.broker.rights import BrokerRights
from parvis.telemetry.context.broker.tenancy import TenantRef
from parvis.telemetry.context.federation import index, operations
from parvis.telemetry.context.federation.copies.keeping import ENDING, KEEPS
from parvis.telemetry.context.federation.copies.narrowing import Wish, wishes
from parvis.telemetry.context.federation.forwarding import Forward, Reply, reply_of, request_of
from parvis.telemetry.context.federation.sources import Source, source_of
from parvis.telemetry.context.jsonld.context import CORE
from parvis.telemetry.context.models import CITY, QueuedNotification, Registration, Subscription, Tenant

PATIENCE = timedelta(days=7)
"""How long a source that is away is asked to take a copy back; later it is left to its own: what it tells us is refused."""

_LOOP, _EXISTS, _UNKNOWN = 508, 409, 404


class Do(Enum):
    MAKE = "make"
    CHANGE = "change"
    TAKE_BACK = "take back"


class Made(msgspec.Struct, omit_defaults=True):
    """A copy there is. `told` is a digest of what the source was told last; `registration` what it was reached by, for it may be gone
    when the copy is; `names` the members told; `looped`: the source is behind us, there is none; `leaving` since when it is to go."""

    urn: str
    told: str
    registration: dict[str, Any]
    names: list[str] = []
    looped: bool = False
    leaving: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    do: Do
    source: Source
    forward: Forward
    made: Made


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    keeper_id: int
    asked: Asked
    steps: list[Step]

    @property
    def requests(self) -> list[OutgoingRequest]:
        return [request_of(self.asked, step.forward) for step in self.steps]


def planned(keeper_id: int, now: datetime) -> Plan | None:
    """What is to be asked of sources now; None when all is as it should be. Raises what a @context that cannot be had raises."""
    keeper = Subscription.objects.filter(pk=keeper_id).first()
    if keeper is None:
        return None
    row = Subscription.objects.filter(pk=keeper.document[KEEPS]["subscription"]).first()
    index.forget()  # we were woken by the commit that changed them
    wanted = (
        {} if row is None else {one.source.id: one for one in wishes(row, index.registered(row.tenant_id, now), now)}
    )
    made = _made_of(keeper)
    steps = [
        step for id_ in sorted(wanted.keys() | made.keys()) for step in _steps(wanted.get(id_), made.get(id_), id_)
    ]
    if not steps:
        _settle(keeper_id, wanted, gone=row is None)
        return None
    return Plan(keeper_id=keeper_id, asked=_speaking(keeper, row, now), steps=steps)


def _made_of(keeper: Subscription) -> dict[int, Made]:
    return {int(id_): msgspec.convert(kept, Made) for id_, kept in keeper.document[KEEPS]["made"].items()}


def _steps(wish: Wish | None, made: Made | None, registration_id: int) -> list[Step]:
    """At most one: what comes next is seen when this is done."""
    held = None if made is None else _source(registration_id, made)
    if wish is None:
        return [] if held is None or made is None else [_taking_back(held, made)]
    told = _digest(wish)
    fresh = Made(urn=wish.urn, told=told, registration=_reached_by(wish.source), names=sorted(wish.document))
    if made is None or held is None:
        return [_making(wish, fresh)]
    moved = (held.endpoint, held.tenant, made.urn) != (wish.source.endpoint, wish.source.tenant, wish.urn)
    if made.told == told and not moved:
        return []
    if made.looped:
        return [_making(wish, fresh)]
    if moved or not wish.source.supports(operations.UPDATE_SUBSCRIPTION):
        return [_taking_back(held, made)]
    changes = {name: value for name, value in wish.document.items() if name != "id"}
    changes |= {name: NULL for name in made.names if name not in wish.document}
    forward = Forward(source=wish.source, method="PATCH", path=_at(wish.urn), context=wish.context, body=changes)
    return [Step(do=Do.CHANGE, source=wish.source, forward=forward, made=fresh)]


def _making(wish: Wish, made: Made) -> Step:
    forward = Forward(
        source=wish.source, method="POST", path="/subscriptions", context=wish.context, body=wish.document
    )
    return Step(do=Do.MAKE, source=wish.source, forward=forward, made=made)


def _taking_back(source: Source, made: Made) -> Step:
    forward = Forward(source=source, method="DELETE", path=_at(made.urn), context=CORE)
    return Step(do=Do.TAKE_BACK, source=source, forward=forward, made=made)


def _at(urn: str) -> str:
    return f"/subscriptions/{quote(urn, safe=':')}"


def _reached_by(source: Source) -> dict[str, Any]:
    return {"urn": source.urn, "tenant_id": source.tenant_id, "alias": source.alias, "document": dict(source.document)}


def _source(registration_id: int, made: Made) -> Source:
    return source_of(Registration(pk=registration_id, **made.registration))


def _digest(wish: Wish) -> str:
    said = [wish.source.endpoint, wish.source.tenant, wish.context.link, wish.document]
    return sha256(msgspec.json.encode(said, order="sorted")).hexdigest()


def _speaking(keeper: Subscription, row: Subscription | None, now: datetime) -> Asked:
    """In the name of the request that subscribed, of which only the way it came is remembered."""
    via = () if row is None else row.document.get("via", ())
    name = ""
    if keeper.tenant_id != CITY:
        name = Tenant.objects.filter(pk=keeper.tenant_id).values_list("name", flat=True).first() or ""
    return Asked(
        endpoint=identity.ENDPOINTS[0],
        target="",
        path={},
        query=Query(""),
        headers={"via": ", ".join(f"1.1 {one}" for one in via)} if via else {},
        body=None,
        media=Media.JSON,
        content="",
        tenant=TenantRef(id=keeper.tenant_id, name=name),
        rights=BrokerRights(),
        now=now,
    )


def recorded(plan: Plan, answers: Sequence[OutgoingResponse | OutgoingError], now: datetime) -> list[str]:
    """Keeps what became of the steps, and answers what failed."""
    replies = [reply_of(plan.asked, step.forward, answer) for step, answer in zip(plan.steps, answers, strict=True)]
    failed: dict[str, str] = {}
    with transaction.atomic():
        keeper = Subscription.objects.select_for_update().filter(pk=plan.keeper_id).first()
        if keeper is None:
            return []
        kept = _made_of(keeper)
        for step, reply in zip(plan.steps, replies, strict=True):
            if error := _outcome(step, reply, kept, now):
                failed[step.source.urn] = error
        _keep(keeper, kept, failed)
    return [f"{urn}: {text}" for urn, text in failed.items()]


def _outcome(step: Step, reply: Reply, kept: dict[int, Made], now: datetime) -> str:
    """Of one step, on what is kept; the text of a failure."""
    id_ = step.source.id
    match step.do:
        case Do.MAKE:
            if reply.error is None:
                kept[id_] = step.made
            elif reply.status == _LOOP:
                kept[id_] = msgspec.structs.replace(step.made, looped=True)
            elif reply.status == _EXISTS:  # made before, and the answer was lost: it is changed next
                kept[id_] = msgspec.structs.replace(step.made, told="")
            else:
                return _text(reply)
        case Do.CHANGE:
            if reply.error is None:
                kept[id_] = step.made
            elif reply.status == _UNKNOWN:  # it lost it: it is made next
                kept.pop(id_, None)
            else:
                return _text(reply)
        case Do.TAKE_BACK:
            since = parse_instant(step.made.leaving) if step.made.leaving else now
            if reply.error is None or reply.status == _UNKNOWN or step.made.looped or now - since > PATIENCE:
                kept.pop(id_, None)
            else:
                kept[id_] = msgspec.structs.replace(step.made, leaving=instant_text(since))
                return _text(reply)
    return ""


def _text(reply: Reply) -> str:
    return "" if reply.error is None else reply.error.detail[:500]


def _keep(keeper: Subscription, made: Mapping[int, Made], failed: Mapping[str, str]) -> None:
    keeps = keeper.document[KEEPS] | {
        "made": {str(id_): msgspec.to_builtins(one) for id_, one in made.items()},
        "failing": dict(failed),
    }
    keeper.document = keeper.document | {KEEPS: keeps}
    keeper.save(update_fields=["document"])


@transaction.atomic
def _settle(keeper_id: int, wanted: Mapping[int, Wish], *, gone: bool) -> None:
    """Nothing is left to do: a keeper without a subscription goes."""
    keeper = Subscription.objects.select_for_update().filter(pk=keeper_id).first()
    if keeper is None:
        return
    if gone and not wanted and (ENDING in keeper.document or not keeper.document[KEEPS]["made"]):
        QueuedNotification.objects.filter(subscription=keeper).delete()
        keeper.delete()
    elif keeper.document[KEEPS]["failing"]:
        _keep(keeper, _made_of(keeper), {})
