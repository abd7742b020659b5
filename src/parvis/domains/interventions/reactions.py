"""What interventions do when an alarm is raised or ends, and what the end of the work does to alarms."""

from django.utils.translation import gettext as _

from parvis.domains.interventions.events import InterventionFinished
from parvis.domains.interventions.rules import Priority
from parvis.domains.interventions.services import note_for_cause, open_intervention
from parvis.domains.interventions.values import InterventionOrder
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.selectors import competent_organisation
from parvis.kernel.urn import SYSTEM
from parvis.telemetry.supervision import selectors as supervision
from parvis.telemetry.supervision.events import AlarmClosed, AlarmRaised
from parvis.telemetry.supervision.rules.alarms import ClosedBy
from parvis.telemetry.supervision.rules.alarms import Priority as AlarmPriority
from parvis.telemetry.supervision.services import close_by_intervention

PRIORITIES = {
    AlarmPriority.HIGH: Priority.URGENT,
    AlarmPriority.MEDIUM: Priority.HIGH,
    AlarmPriority.LOW: Priority.NORMAL,
}


class NobodyToAsk(LookupError):
    """No organisation is competent for the subject, owns the thing, or is the metropolis: no territory is loaded."""


def on_alarm_raised(event: AlarmRaised) -> None:
    """Opens the work the rule wants, unless the condition ended meanwhile."""
    alarm = supervision.alarm_by_urn(event.urn)
    if not event.opens_intervention or alarm is None or not alarm.is_open:
        return
    order = InterventionOrder(
        title=event.title,
        subject=event.subject,
        cause_urn=event.urn,
        thing_urn=event.entity_urn,
        organisation_id=_organisation_id(event),
        longitude=event.longitude,
        latitude=event.latitude,
        area_code=event.area_code,
        description=alarm.rule.meaning,  # what to do is for the operator, not for the crew
        priority=PRIORITIES[AlarmPriority(event.priority)],
        actor=str(SYSTEM),
    )
    open_intervention(order=order, now=event.raised_at)


def on_alarm_closed(event: AlarmClosed) -> None:
    """A crew about to leave for a thing that works again wants to know."""
    if event.closed_by == ClosedBy.RETURN:
        text = _("L’alarme est revenue à la normale d’elle-même.")
        note_for_cause(cause_urn=event.urn, text=text, at=event.at)


def on_intervention_finished(event: InterventionFinished) -> None:
    """Closes the alarms that led to the work; other causes are their own domain's business."""
    for cause in event.cause_urns:
        close_by_intervention(alarm_urn=cause, intervention_urn=event.urn, now=event.at)


def _organisation_id(event: AlarmRaised) -> int:
    """Who is competent for the subject there; else who answers for the thing; else the metropolis."""
    if event.longitude is not None and event.latitude is not None:
        competent = competent_organisation(subject=event.subject, longitude=event.longitude, latitude=event.latitude)
        if competent:
            return competent.pk
    if event.organisation_id is not None:
        return event.organisation_id
    main = Organisation.objects.main()
    if main is None:
        raise NobodyToAsk
    return main.pk
