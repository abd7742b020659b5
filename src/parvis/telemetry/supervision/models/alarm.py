"""Alarms: one open row per rule and thing, with its story."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.rules import Subject
from parvis.kernel.urn import Urn
from parvis.telemetry.context.models import Entity
from parvis.telemetry.supervision.models.rule import Rule
from parvis.telemetry.supervision.rules.alarms import (
    CHATTERING_OCCURRENCES,
    OPEN_STATES,
    STALE_AFTER,
    UNACKNOWLEDGED_STATES,
    ClosedBy,
    Priority,
    State,
)

URN_TYPE = "Alarm"


IS_CHATTERING = Q(occurrences__gte=CHATTERING_OCCURRENCES)


def is_stale(now: datetime) -> Q:
    return Q(state__in=OPEN_STATES, raised_at__lt=now - STALE_AFTER)


class AlarmQuerySet(models.QuerySet["Alarm"]):
    def open(self) -> "AlarmQuerySet":
        return self.filter(state__in=OPEN_STATES)

    def unacknowledged(self) -> "AlarmQuerySet":
        return self.filter(state__in=UNACKNOWLEDGED_STATES)

    def stale(self, now: datetime) -> "AlarmQuerySet":
        return self.filter(is_stale(now))

    def most_urgent_first(self) -> "AlarmQuerySet":
        """Open before closed, then by priority, then oldest first."""
        rank = Case(
            *(When(priority=priority, then=Value(index)) for index, priority in enumerate(Priority)),
            output_field=IntegerField(),
        )
        closed = Case(When(state=State.CLOSED, then=Value(1)), default=Value(0), output_field=IntegerField())
        return self.order_by(closed, rank, "raised_at", "id")


class Alarm(models.Model):
    """The words and the place are copied: an alarm keeps saying what it said when it was raised."""

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="alarms")
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+")
    entity_urn = models.CharField(max_length=255)
    entity_type = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    priority = models.CharField(max_length=10, choices=Priority)
    subject = models.CharField(max_length=20, choices=Subject)
    state = models.CharField(max_length=30, choices=State, default=State.ACTIVE_UNACKNOWLEDGED)
    occurrences = models.PositiveIntegerField(default=1)
    value = models.JSONField(null=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    """Who answers for the thing; null only where nobody is competent."""
    area_code = models.CharField(max_length=20, default="", blank=True)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    raised_at = models.DateTimeField()
    last_raised_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    comment = models.TextField(default="", blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=20, choices=ClosedBy, default="", blank=True)
    closed_by_urn = models.CharField(max_length=255, default="", blank=True)
    """The intervention that repaired, when one did."""

    objects = AlarmQuerySet.as_manager()

    class Meta:
        ordering = ("-raised_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("rule", "entity"), condition=Q(state__in=OPEN_STATES), name="alarm_one_open_per_rule_and_thing"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="alarm_state_known"),
            models.CheckConstraint(condition=Q(occurrences__gte=1), name="alarm_occurred"),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False, closed_by__in=ClosedBy.values)
                | (~Q(state=State.CLOSED) & Q(closed_at__isnull=True, closed_by="")),
                name="alarm_closed_says_how",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ACTIVE_ACKNOWLEDGED) | Q(acknowledged_at__isnull=False),
                name="alarm_acknowledged_says_when",
            ),
        )
        indexes = (
            models.Index(fields=("state", "priority", "raised_at"), name="alarm_list"),
            models.Index(fields=("rule", "entity", "-closed_at"), name="alarm_latest_of_thing"),
            models.Index(fields=("entity_urn", "-raised_at"), name="alarm_of_thing"),
            models.Index(fields=("last_raised_at",), name="alarm_by_time"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def urn(self) -> Urn:
        return Urn(URN_TYPE, str(self.pk))

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_unacknowledged(self) -> bool:
        return self.state in UNACKNOWLEDGED_STATES


class AlarmEventKind(models.TextChoices):
    RAISED = "raised", _("levée")
    REOCCURRED = "reoccurred", _("de nouveau active")
    ACKNOWLEDGED = "acknowledged", _("acquittée")
    RETURNED = "returned", _("revenue à la normale")
    CLOSED = "closed", _("close")


class AlarmEvent(models.Model):
    """One line of the story of an alarm."""

    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=AlarmEventKind)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """Null: the platform itself."""
    text = models.TextField(default="", blank=True)
    value = models.JSONField(null=True)

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=AlarmEventKind.values), name="alarm_event_kind_known"),
        )
        indexes = (models.Index(fields=("alarm", "at"), name="alarm_event_story"),)

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.kind}"
