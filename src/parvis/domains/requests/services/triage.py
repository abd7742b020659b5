"""What agents decide: take in charge, refuse, close, reopen."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from parvis.domains.interventions import facade as interventions
from parvis.domains.requests.events import RequestAccepted, RequestClosed, RequestReopened
from parvis.domains.requests.models import Request, RequestEvent
from parvis.domains.requests.rules import Attention, Kind, State
from parvis.domains.requests.services.steps import ImpossibleMove, MissingReason, add_step, journal, lock, move, save
from parvis.foundations.identity.models import User
from parvis.kernel.errors import Refusal
from parvis.kernel.events import publish

RIGHT = "requests.triage"


class NobodyCompetent(Refusal):
    code = "nobody-competent"
    message = _("Aucun organisme n’est désigné : orientez d’abord le signalement.")


def intervention_order(service_request: Request, *, priority: str, actor: str) -> interventions.InterventionOrder:
    """What the crew is told: the problem and the place, nothing of the person."""
    if service_request.organisation_id is None:
        raise NobodyCompetent
    return interventions.InterventionOrder(
        title=f"{service_request.category.label} ({service_request.number})",
        subject=service_request.category.subject,
        cause_urn=service_request.urn,
        organisation_id=service_request.organisation_id,
        longitude=service_request.longitude,
        latitude=service_request.latitude,
        area_code=service_request.area_code,
        address=service_request.address,
        description=service_request.description,
        priority=priority,
        actor=actor,
    )


@transaction.atomic
def accept(
    *, request_id: int, version: int | None, message: str = "", priority: str = "normal", by: User, now: datetime
) -> Request:
    """Takes in charge and opens its intervention. Raises `StaleRequest`, `ImpossibleMove`, `NobodyCompetent`."""
    service_request = lock(request_id, version)
    if service_request.state != State.RECEIVED:
        raise ImpossibleMove
    opened = interventions.open_intervention(
        order=intervention_order(service_request, priority=priority, actor=by.urn), now=now
    )
    move(service_request, State.ACCEPTED, now=now)
    service_request.intervention_urn = opened.urn
    save(service_request, now=now)
    step = add_step(
        service_request,
        Kind.ACCEPTED,
        now=now,
        is_public=True,
        text=message,
        author=by,
        key=f"{opened.urn}:opened:{now.isoformat()}",
    )
    journal(service_request, "accepted", by=by, right=RIGHT, now=now, intervention=opened.urn)
    publish(
        RequestAccepted(
            urn=service_request.urn, number=service_request.number, step_id=step.pk, at=now, intervention_urn=opened.urn
        )
    )
    return service_request


def publish_closed(service_request: Request, step: RequestEvent, *, now: datetime) -> None:
    publish(
        RequestClosed(
            urn=service_request.urn,
            number=service_request.number,
            step_id=step.pk,
            at=now,
            outcome=service_request.state,
        )
    )


@transaction.atomic
def refuse(*, request_id: int, version: int | None, reason: str, by: User, now: datetime) -> Request:
    """`reason` is what the resident reads. Raises `StaleRequest`, `MissingReason`, `ImpossibleMove`."""
    service_request = lock(request_id, version)
    if not reason.strip():
        raise MissingReason
    move(service_request, State.REFUSED, now=now)
    save(service_request, now=now)
    step = add_step(service_request, Kind.REFUSED, now=now, is_public=True, text=reason.strip(), author=by)
    journal(service_request, "refused", by=by, right=RIGHT, now=now)
    publish_closed(service_request, step, now=now)
    return service_request


@transaction.atomic
def close(*, request_id: int, version: int | None, message: str = "", by: User, now: datetime) -> Request:
    """Done without (or beside) an intervention: answered, or found repaired."""
    service_request = lock(request_id, version)
    move(service_request, State.DONE, now=now)
    save(service_request, now=now)
    step = add_step(service_request, Kind.DONE, now=now, is_public=True, text=message.strip(), author=by)
    journal(service_request, "closed", by=by, right=RIGHT, now=now)
    publish_closed(service_request, step, now=now)
    return service_request


@transaction.atomic
def reopen(*, request_id: int, version: int | None, reason: str, by: User, now: datetime) -> Request:
    """Takes a closed request back to the agents; `reason` is what the resident reads."""
    service_request = lock(request_id, version)
    if not reason.strip():
        raise MissingReason
    if service_request.is_open:
        raise ImpossibleMove
    move(service_request, State.RECEIVED, now=now, attention=Attention.NONE)
    save(service_request, now=now)
    step = add_step(service_request, Kind.REOPENED, now=now, is_public=True, text=reason.strip(), author=by)
    journal(service_request, "reopened", by=by, right=RIGHT, now=now)
    publish(RequestReopened(urn=service_request.urn, number=service_request.number, step_id=step.pk, at=now))
    return service_request
