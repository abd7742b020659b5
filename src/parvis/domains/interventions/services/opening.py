"""Opening a work order, once for each cause."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from parvis.domains.interventions import rules
from parvis.domains.interventions.events import CauseLinked, InterventionOpened
from parvis.domains.interventions.models import Cause, Intervention, InterventionEvent, InterventionEventKind
from parvis.domains.interventions.rules import AlreadyEnded, Priority, State
from parvis.domains.interventions.services.story import journal, locked, told
from parvis.domains.interventions.values import InterventionOrder, InterventionRef
from parvis.foundations.identity.models import User
from parvis.kernel.errors import Refusal
from parvis.kernel.events import publish

TAKE_NUMBER = """
INSERT INTO interventions_yearlyseries AS series (year, last) VALUES (%s, 1)
ON CONFLICT (year) DO UPDATE SET last = series.last + 1
RETURNING last
"""


class UnknownIntervention(Refusal):
    status = 404
    code = "intervention-unknown"
    message = _("Cette intervention n’existe pas.")


class CauseHasAnother(Refusal):
    status = 409
    code = "intervention-cause-has-another"
    message = _("Une autre intervention est déjà ouverte pour ce même motif.")


@transaction.atomic
def open_intervention(*, order: InterventionOrder, now: datetime, nonce: UUID | None = None) -> InterventionRef:
    """Opens one, or answers the one already open for this cause, or opened by this very form, however many ask at once."""
    if existing := _known(order.cause_urn, nonce):
        return reference(existing, created=False)
    try:
        with transaction.atomic():
            intervention = _create(order, now, nonce)
    except IntegrityError:
        # Someone opened one for this cause between the look and the write: the database keeps the first.
        existing = _known(order.cause_urn, nonce)
        if existing is None:
            raise
        return reference(existing, created=False)
    journal(intervention, "intervention.opened", actor=order.actor, now=now, details={"cause": order.cause_urn})
    publish(InterventionOpened(**told(intervention, now), title=intervention.title, subject=intervention.subject))
    return reference(intervention, created=True)


@transaction.atomic
def link_cause(*, urn: str, cause_urn: str, actor: str, now: datetime) -> InterventionRef:
    """One more cause waits for the same work; linked twice changes nothing.

    Raises `UnknownIntervention`, `AlreadyEnded`, and `CauseHasAnother` when the cause has its own open intervention.
    """
    key = urn.rpartition(":")[2]
    if not key.isdecimal() or not Intervention.objects.filter(pk=int(key)).exists():
        raise UnknownIntervention
    intervention = locked(int(key))
    if intervention.causes.filter(cause_urn=cause_urn).exists():
        return reference(intervention, created=False)
    if not intervention.is_open:
        raise AlreadyEnded
    try:
        with transaction.atomic():
            Cause.objects.create(intervention=intervention, cause_urn=cause_urn, linked_at=now)
    except IntegrityError:
        raise CauseHasAnother from None
    InterventionEvent.objects.create(
        intervention=intervention, kind=InterventionEventKind.LINKED, at=now, by=person(actor), text=cause_urn
    )
    journal(intervention, "intervention.cause_linked", actor=actor, now=now, details={"cause": cause_urn})
    publish(CauseLinked(**told(intervention, now), cause_urn=cause_urn, state=intervention.state))
    return reference(intervention, created=False)


def reference(intervention: Intervention, *, created: bool) -> InterventionRef:
    return InterventionRef(
        urn=str(intervention.urn), number=intervention.number, state=intervention.state, created=created
    )


def person(actor: str) -> User | None:
    """Who this URN names; None for the platform itself."""
    prefix, _colon, uid = actor.rpartition(":")
    if not prefix.endswith(":Person"):
        return None
    found: User | None = User.objects.filter(uid=uid).first()
    return found


def _known(cause_urn: str, nonce: UUID | None) -> Intervention | None:
    by_form = Intervention.objects.filter(events__nonce=nonce).first() if nonce else None
    if by_form or not cause_urn:
        return by_form
    return Intervention.objects.filter(causes__cause_urn=cause_urn, causes__is_open=True).first()


def _create(order: InterventionOrder, now: datetime, nonce: UUID | None) -> Intervention:
    priority = Priority(order.priority)
    intervention = Intervention.objects.create(
        number=_take_number(timezone.localtime(now).year),
        title=order.title[:200],
        description=order.description,
        subject=order.subject,
        priority=priority,
        state=State.OPEN,
        organisation_id=order.organisation_id,
        thing_urn=order.thing_urn,
        longitude=order.longitude,
        latitude=order.latitude,
        area_code=order.area_code,
        address=order.address[:250],
        opened_at=now,
        opened_by_urn=order.actor,
        due_at=rules.due_at(priority, now),
    )
    if order.cause_urn:
        Cause.objects.create(intervention=intervention, cause_urn=order.cause_urn, linked_at=now)
    InterventionEvent.objects.create(
        intervention=intervention, kind=InterventionEventKind.OPENED, at=now, by=person(order.actor), nonce=nonce
    )
    return intervention


def _take_number(year: int) -> str:
    """The row of the year stays locked until the transaction ends: numbers follow each other, and a rollback gives its own back."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NUMBER, [year])
        (rank,) = cursor.fetchone()
    return rules.number(year, rank)
