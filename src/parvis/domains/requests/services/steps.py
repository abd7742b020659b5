"""What every change of a request shares: the lock, the check against stale screens, the step of the timeline."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from parvis.domains.requests.models import Request, RequestEvent
from parvis.domains.requests.rules import Attention, Kind, State, may_move
from parvis.foundations.audit import facade as audit
from parvis.foundations.identity.models import User
from parvis.kernel.errors import Refusal
from parvis.kernel.urn import SYSTEM


class StaleRequest(Refusal):
    status = 409
    code = "stale-request"
    message = _(
        "Ce signalement a été modifié par quelqu’un d’autre pendant que vous l’aviez à l’écran. "
        "Rien n’a été enregistré : relisez-le, puis recommencez si c’est encore utile. Votre texte est conservé ci-dessous."
    )


class ImpossibleMove(Refusal):
    status = 409
    code = "impossible-move"
    message = _("L’état de ce signalement ne permet pas cette action.")


class MissingReason(Refusal):
    code = "missing-reason"
    message = _("Indiquez un motif : il reste dans l’historique.")


def lock(request_id: int, version: int | None = None) -> Request:
    """The row, locked until the transaction ends. Raises `StaleRequest` when `version` is no longer the current one."""
    service_request = (
        Request.objects.select_for_update(of=("self",)).select_related("category", "organisation").get(pk=request_id)
    )
    if version is not None and service_request.version != version:
        raise StaleRequest
    return service_request


def save(service_request: Request, *, now: datetime) -> None:
    service_request.updated_at = now
    service_request.version += 1
    service_request.save()


def move(service_request: Request, state: State, *, now: datetime, attention: Attention = Attention.NONE) -> None:
    """Changes the state in memory. Raises `ImpossibleMove`."""
    if not may_move(service_request.state, state):
        raise ImpossibleMove
    service_request.state = state
    service_request.attention = attention
    service_request.closed_at = None if service_request.is_open else now


def add_step(
    service_request: Request,
    kind: Kind,
    *,
    now: datetime,
    is_public: bool,
    text: str = "",
    author: User | None = None,
    key: str = "",
) -> RequestEvent:
    return RequestEvent.objects.create(
        service_request=service_request,
        kind=kind,
        is_public=is_public,
        text=text,
        author=author,
        organisation_id=service_request.organisation_id,
        key=key,
        at=now,
    )


def add_step_once(service_request: Request, kind: Kind, *, key: str, **fields: Any) -> RequestEvent | None:
    """None when this cause has already made its step."""
    try:
        with transaction.atomic():
            return add_step(service_request, kind, key=key, **fields)
    except IntegrityError:
        return None


def journal(
    service_request: Request,
    action: str,
    *,
    by: User | None,
    right: str,
    now: datetime,
    **details: str | int | float | bool | None,
) -> None:
    audit.record(
        actor=by.urn if by else str(SYSTEM),
        action=f"request.{action}",
        urn=service_request.urn,
        right=right,
        organisation=service_request.organisation.slug if service_request.organisation else "",
        details={"number": service_request.number, **details},
        now=now,
    )
