"""The work itself: assigned by a dispatcher; started, finished or refused by a crew.

Each takes an optional `nonce`, the name of the form that was sent: sent again, it answers what it did the first time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from parvis.capabilities.files.services import store_photo
from parvis.domains.interventions.events import (
    InterventionAssigned,
    InterventionCancelled,
    InterventionFinished,
    InterventionRefused,
    InterventionReopened,
    InterventionStarted,
)
from parvis.domains.interventions.models import Cause, Intervention, InterventionEvent, InterventionEventKind, Photo
from parvis.domains.interventions.rules import Action, AlreadyStarted, ReasonMissing, State, after
from parvis.domains.interventions.services.opening import CauseHasAnother
from parvis.domains.interventions.services.story import journal, locked, told
from parvis.foundations.identity.models import User
from parvis.foundations.organisations.models import Team
from parvis.foundations.organisations.selectors import with_services
from parvis.kernel.errors import Refusal
from parvis.kernel.events import Event, publish

ASSIGN_RIGHT = "interventions.assign"
PERFORM_RIGHT = "interventions.perform"


class TeamOfAnotherOrganisation(Refusal):
    code = "intervention-team-of-another-organisation"
    message = _("Cette équipe n’est pas de l’organisation qui a la charge de l’intervention.")


@dataclass(frozen=True, kw_only=True)
class _Step:
    """What one action is called everywhere."""

    action: Action
    kind: InterventionEventKind
    journaled: str
    right: str


_ASSIGN = _Step(
    action=Action.ASSIGN, kind=InterventionEventKind.ASSIGNED, journaled="intervention.assigned", right=ASSIGN_RIGHT
)
_START = _Step(
    action=Action.START, kind=InterventionEventKind.STARTED, journaled="intervention.started", right=PERFORM_RIGHT
)
_FINISH = _Step(
    action=Action.FINISH, kind=InterventionEventKind.FINISHED, journaled="intervention.finished", right=PERFORM_RIGHT
)
_REFUSE = _Step(
    action=Action.REFUSE, kind=InterventionEventKind.REFUSED, journaled="intervention.refused", right=PERFORM_RIGHT
)
_CANCEL = _Step(
    action=Action.CANCEL, kind=InterventionEventKind.CANCELLED, journaled="intervention.cancelled", right=ASSIGN_RIGHT
)
_REOPEN = _Step(
    action=Action.REOPEN, kind=InterventionEventKind.REOPENED, journaled="intervention.reopened", right=ASSIGN_RIGHT
)


@transaction.atomic
def assign(
    *, intervention: Intervention, team: Team, by: User, now: datetime, nonce: UUID | None = None
) -> Intervention:
    """Raises `TeamOfAnotherOrganisation`, `AlreadyStarted`, `AlreadyEnded`."""
    if team.organisation_id not in with_services(intervention.organisation_id):
        raise TeamOfAnotherOrganisation

    def change(row: Intervention) -> Event:
        row.team = team
        row.assigned_at = now
        return InterventionAssigned(**told(row, now), team=team.name)

    return _do(_ASSIGN, intervention, by=by, now=now, nonce=nonce, change=change, text=team.name)


@transaction.atomic
def start(*, intervention: Intervention, by: User, now: datetime, nonce: UUID | None = None) -> Intervention:
    """Raises `AlreadyStarted` (saying by whom), `NobodyAssigned`, `AlreadyEnded`."""

    def change(row: Intervention) -> Event:
        row.started_at = now
        row.started_by = by
        return InterventionStarted(**told(row, now))

    return _do(_START, intervention, by=by, now=now, nonce=nonce, change=change)


@transaction.atomic
def finish(
    *,
    intervention: Intervention,
    by: User,
    now: datetime,
    comment: str = "",
    public_comment: str = "",
    photo: "UploadedFile[bytes] | None" = None,
    nonce: UUID | None = None,
) -> Intervention:
    """Raises `NotStarted`, `NobodyAssigned`, `AlreadyEnded`, and what `store_photo` refuses."""

    def change(row: Intervention) -> Event:
        row.ended_at = now
        row.comment = comment
        row.public_comment = public_comment
        if photo is not None:
            file = store_photo(photo, owner_urn=str(row.urn), now=now)
            Photo.objects.create(intervention=row, file=file, taken_by=by, added_at=now)
        return InterventionFinished(**told(row, now), comment=comment, public_comment=public_comment)

    return _do(_FINISH, intervention, by=by, now=now, nonce=nonce, change=change, text=comment)


@transaction.atomic
def refuse(
    *,
    intervention: Intervention,
    by: User,
    now: datetime,
    reason: str,
    public_comment: str = "",
    nonce: UUID | None = None,
) -> Intervention:
    """Not doable. Raises `ReasonMissing`, `AlreadyEnded`."""

    def change(row: Intervention) -> Event:
        row.ended_at = now
        row.public_comment = public_comment
        row.reason = _given(reason)
        return InterventionRefused(**told(row, now), reason=row.reason, public_comment=public_comment)

    return _do(_REFUSE, intervention, by=by, now=now, nonce=nonce, change=change, text=reason)


@transaction.atomic
def cancel(
    *, intervention: Intervention, by: User, now: datetime, reason: str, nonce: UUID | None = None
) -> Intervention:
    """Withdrawn by a dispatcher. Raises `ReasonMissing`, `AlreadyEnded`."""

    def change(row: Intervention) -> Event:
        row.ended_at = now
        row.reason = _given(reason)
        return InterventionCancelled(**told(row, now), reason=row.reason)

    return _do(_CANCEL, intervention, by=by, now=now, nonce=nonce, change=change, text=reason)


@transaction.atomic
def reopen(
    *, intervention: Intervention, by: User, now: datetime, reason: str, nonce: UUID | None = None
) -> Intervention:
    """Back to its team, or to be assigned. Raises `ReasonMissing`, `NotEnded`, `CauseHasAnother`."""

    def change(row: Intervention) -> Event:
        causes = row.causes.values("cause_urn")
        if Cause.objects.filter(cause_urn__in=causes, is_open=True).exclude(intervention=row).exists():
            raise CauseHasAnother
        row.ended_at = row.started_at = row.started_by = None
        row.reason = row.comment = row.public_comment = ""
        return InterventionReopened(**told(row, now), reason=_given(reason))

    return _do(_REOPEN, intervention, by=by, now=now, nonce=nonce, change=change, text=reason)


def _do(
    step: _Step,
    intervention: Intervention,
    *,
    by: User,
    now: datetime,
    nonce: UUID | None,
    change: Callable[[Intervention], Event],
    text: str = "",
) -> Intervention:
    """The row as it became. `change` writes what is proper to the action and answers the fact to tell."""
    row = locked(intervention.pk)
    if nonce is not None and InterventionEvent.objects.filter(intervention=row, nonce=nonce).exists():
        return row
    row.state = _next(row, step.action)
    fact = change(row)
    row.save()
    InterventionEvent.objects.create(intervention=row, kind=step.kind, at=now, by=by, text=text, nonce=nonce)
    journal(row, step.journaled, actor=by.urn, right=step.right, now=now)
    publish(fact)
    return row


def _next(row: Intervention, action: Action) -> State:
    try:
        return after(State(row.state), action, has_team=row.team_id is not None)
    except AlreadyStarted:
        if row.started_by is None:
            raise
        message = _("Cette intervention est déjà commencée, par %(name)s.") % {"name": row.started_by.display_name}
        raise AlreadyStarted(message) from None


def _given(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()
