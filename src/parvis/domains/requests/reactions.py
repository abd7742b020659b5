"""What the life of an intervention does to the requests that caused it.

Every handler may run twice, late or out of order: a step bears the instant of the fact it tells, its key makes it unique,
and a fact older than the last one known of the same intervention changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime

from parvis.domains.interventions.events import (
    CauseLinked,
    InterventionCancelled,
    InterventionFinished,
    InterventionOpened,
    InterventionRefused,
    InterventionReopened,
    InterventionStarted,
)
from parvis.domains.requests.events import RequestAccepted, RequestReopened, RequestStarted
from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import Attention, Kind, State
from parvis.domains.requests.services.steps import add_step_once, move, save
from parvis.domains.requests.services.triage import publish_closed
from parvis.kernel.events import publish
from parvis.kernel.urn import MalformedUrn, Urn

Told = (
    CauseLinked
    | InterventionCancelled
    | InterventionFinished
    | InterventionOpened
    | InterventionRefused
    | InterventionReopened
    | InterventionStarted
)


def request_ids(cause_urns: tuple[str, ...]) -> list[int]:
    """Keys of the requests among these causes; alarms and malformed names are left out."""
    ids = []
    for text in cause_urns:
        try:
            urn = Urn.parse(text)
        except MalformedUrn:
            continue
        if urn.type == "ServiceRequest" and urn.local.isdecimal():
            ids.append(int(urn.local))
    return ids


def _concerned(event: Told, cause_urns: tuple[str, ...] | None = None) -> Iterator[Request]:
    """Requests, locked in the order of their keys, whose present intervention this is, and to which the fact is not old news."""
    ids = request_ids(cause_urns or event.cause_urns)
    for service_request in Request.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
        is_theirs = service_request.intervention_urn in {"", event.urn} or service_request.state == State.RECEIVED
        if is_theirs and not service_request.steps.filter(key__startswith=f"{event.urn}:", at__gt=event.at).exists():
            yield service_request


def _key(event: Told, move_made: str) -> str:
    return f"{event.urn}:{move_made}:{event.at.isoformat()}"


def _note_late(service_request: Request, event: Told, text: str) -> None:
    """Agents closed the request meanwhile: they read how the intervention went on, the resident is told nothing twice."""
    key = _key(event, "late")
    add_step_once(service_request, Kind.NOTE, key=key, now=event.at, is_public=False, text=f"{event.number} : {text}")


def _accepted(service_request: Request, event: InterventionOpened | CauseLinked) -> None:
    if service_request.state != State.RECEIVED:
        return
    step = add_step_once(service_request, Kind.ACCEPTED, key=_key(event, "opened"), now=event.at, is_public=True)
    if step is None:
        return
    move(service_request, State.ACCEPTED, now=event.at)
    service_request.intervention_urn = event.urn
    save(service_request, now=event.at)
    publish(
        RequestAccepted(
            urn=service_request.urn,
            number=service_request.number,
            step_id=step.pk,
            at=event.at,
            intervention_urn=event.urn,
        )
    )


def on_opened(event: InterventionOpened) -> None:
    """Opened from the interventions' side, for a request nobody had accepted."""
    for service_request in _concerned(event):
        _accepted(service_request, event)


def on_linked(event: CauseLinked) -> None:
    """One more request waits for work already ordered."""
    for service_request in _concerned(event, (event.cause_urn,)):
        _accepted(service_request, event)


def on_started(event: InterventionStarted) -> None:
    for service_request in _concerned(event):
        if service_request.state not in {State.RECEIVED, State.ACCEPTED}:
            continue
        _started(service_request, event)


def _started(service_request: Request, event: InterventionStarted) -> None:
    step = add_step_once(service_request, Kind.STARTED, key=_key(event, "started"), now=event.at, is_public=True)
    if step is None:
        return
    move(service_request, State.IN_PROGRESS, now=event.at)
    service_request.intervention_urn = event.urn
    save(service_request, now=event.at)
    publish(RequestStarted(urn=service_request.urn, number=service_request.number, step_id=step.pk, at=event.at))


def on_finished(event: InterventionFinished) -> None:
    for service_request in _concerned(event):
        if not service_request.is_open:
            if not service_request.steps.filter(key=_key(event, "finished")).exists():
                _note_late(service_request, event, event.comment or event.public_comment)
            continue
        text = event.public_comment
        step = add_step_once(
            service_request, Kind.DONE, key=_key(event, "finished"), now=event.at, is_public=True, text=text
        )
        if step is None:
            continue
        move(service_request, State.DONE, now=event.at)
        service_request.intervention_urn = event.urn
        save(service_request, now=event.at)
        publish_closed(service_request, step, now=event.at)


def _returned(event: InterventionRefused | InterventionCancelled) -> None:
    """Back to the agents, who owe the resident an answer; the crew's reason is theirs to word."""
    for service_request in _concerned(event):
        if not service_request.is_open:
            _note_late(service_request, event, event.reason)
            continue
        key = _key(event, "returned")
        step = add_step_once(service_request, Kind.RETURNED, key=key, now=event.at, is_public=False, text=event.reason)
        if step is None:
            continue
        if service_request.state == State.RECEIVED:
            service_request.attention = Attention.RETURNED
        else:
            move(service_request, State.RECEIVED, now=event.at, attention=Attention.RETURNED)
        service_request.intervention_urn = event.urn
        save(service_request, now=event.at)


def on_refused(event: InterventionRefused) -> None:
    _returned(event)


def on_cancelled(event: InterventionCancelled) -> None:
    _returned(event)


def on_reopened(event: InterventionReopened) -> None:
    """The work is to be done again: a request it had closed, or sent back, waits for it anew."""
    for service_request in _concerned(event):
        was_closed = not service_request.is_open
        if service_request.state == State.REFUSED:
            _note_late(service_request, event, event.reason)
            continue
        if service_request.state in {State.ACCEPTED, State.IN_PROGRESS}:
            continue
        key = _key(event, "reopened")
        step = add_step_once(service_request, Kind.REOPENED, key=key, now=event.at, is_public=was_closed)
        if step is None:
            continue
        move(service_request, State.ACCEPTED, now=event.at)
        service_request.intervention_urn = event.urn
        save(service_request, now=event.at)
        if was_closed:
            _publish_reopened(service_request, step.pk, event.at)


def _publish_reopened(service_request: Request, step_id: int, at: datetime) -> None:
    publish(RequestReopened(urn=service_request.urn, number=service_request.number, step_id=step_id, at=at))
