"""How long supervision keeps what tells of a person: which agent acknowledged, and what they wrote."""

from datetime import datetime, timedelta

from parvis.foundations.identity.models import User
from parvis.telemetry.supervision.models import Alarm, AlarmEvent
from parvis.telemetry.supervision.rules.alarms import OPEN_STATES

KEEP_DAYS = 1095
"""Three years of alarms: what a maintenance contract is judged on, and the term of ordinary administrative liability."""


def _ended(now: datetime) -> datetime:
    return now - timedelta(days=KEEP_DAYS)


def purge_alarms(now: datetime) -> int:
    """Deletes alarms closed for longer than the term, with their story."""
    old = Alarm.objects.exclude(state__in=OPEN_STATES).filter(closed_at__lt=_ended(now))
    return old.delete()[1].get("supervision.Alarm", 0)


def purge_lines(now: datetime) -> int:
    """Lines of an alarm that is still open after the term lose their author and words."""
    old = AlarmEvent.objects.filter(at__lt=_ended(now)).exclude(by=None, text="")
    return old.update(by=None, text="")


def export(user: User) -> list[dict[str, object]]:
    return [
        {"alarm": str(line.alarm.urn), "title": line.alarm.title, "at": line.at.isoformat(), "comment": line.text}
        for line in AlarmEvent.objects.filter(by=user).select_related("alarm").order_by("at", "id")
    ]


def erase(user: User) -> int:
    """The alarms stay, without who acknowledged them."""
    Alarm.objects.filter(acknowledged_by=user).update(acknowledged_by=None, comment="")
    return AlarmEvent.objects.filter(by=user).update(by=None, text="")
