"""A work order, and the requests, alarms or inspections that caused it."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from parvis.domains.interventions.rules import CREW_STATES, ENDED_STATES, OPEN_STATES, Priority, State
from parvis.foundations.organisations.models import Organisation, Team
from parvis.foundations.organisations.rules import Subject
from parvis.kernel.urn import Urn

URN_TYPE = "Intervention"


class YearlySeries(models.Model):
    """The last number given in a year. Its row is locked by who takes the next, so that a number given up leaves no gap."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(last__gte=1), name="intervention_series_begun"),)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class InterventionQuerySet(models.QuerySet["Intervention"]):
    def open(self) -> "InterventionQuerySet":
        return self.filter(state__in=OPEN_STATES)

    def ended(self) -> "InterventionQuerySet":
        return self.filter(state__in=ENDED_STATES)

    def for_crew(self) -> "InterventionQuerySet":
        return self.filter(state__in=CREW_STATES)

    def overdue(self, now: datetime) -> "InterventionQuerySet":
        return self.open().filter(due_at__lt=now)

    def most_urgent_first(self) -> "InterventionQuerySet":
        """Open before ended, by priority, then the first due; ended ones latest first."""
        rank = Case(
            *(
                When(state__in=OPEN_STATES, priority=priority, then=Value(index))
                for index, priority in enumerate(Priority)
            ),
            default=Value(len(Priority)),
            output_field=IntegerField(),
        )
        return self.order_by(rank, models.F("ended_at").desc(nulls_first=True), "due_at", "id")


class Intervention(models.Model):
    number = models.CharField(_("numéro"), max_length=20, unique=True)
    title = models.CharField(_("objet"), max_length=200)
    description = models.TextField(_("description"), default="", blank=True)
    subject = models.CharField(_("domaine"), max_length=20, choices=Subject)
    priority = models.CharField(_("priorité"), max_length=10, choices=Priority, default=Priority.NORMAL)
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.OPEN)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("équipe")
    )
    thing_urn = models.CharField(max_length=255, default="", blank=True)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    area_code = models.CharField(max_length=20, default="", blank=True)
    address = models.CharField(_("adresse"), max_length=250, default="", blank=True)
    opened_at = models.DateTimeField()
    opened_by_urn = models.CharField(max_length=255)
    due_at = models.DateTimeField(_("à faire avant"))
    assigned_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    comment = models.TextField(_("compte rendu"), default="", blank=True)
    public_comment = models.TextField(_("réponse publique"), default="", blank=True)
    reason = models.TextField(_("raison"), default="", blank=True)

    objects = InterventionQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(state__in=State.values), name="intervention_state_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="intervention_priority_known"),
            models.CheckConstraint(
                condition=~Q(state__in=(State.ASSIGNED, State.IN_PROGRESS, State.DONE)) | Q(team__isnull=False),
                name="intervention_worked_by_a_team",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(State.IN_PROGRESS, State.DONE)) | Q(started_at__isnull=False),
                name="intervention_started_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED_STATES, ended_at__isnull=False)
                | Q(state__in=OPEN_STATES, ended_at__isnull=True),
                name="intervention_ended_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.REFUSED) | ~Q(reason=""), name="intervention_refused_says_why"
            ),
            models.CheckConstraint(
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                # Said in full: a comparison with NULL is neither true nor false, and a check passes what is not false.
                | Q(longitude__isnull=False, latitude__isnull=False)
                & Q(longitude__gte=-180, longitude__lte=180, latitude__gte=-90, latitude__lte=90),
                name="intervention_place_whole_or_absent",
            ),
        )
        indexes = (
            models.Index(fields=("organisation", "state", "due_at"), name="intervention_list"),
            models.Index(fields=("team", "state"), name="intervention_of_team"),
            models.Index(fields=("thing_urn",), name="intervention_of_thing", condition=~Q(thing_urn="")),
            models.Index(fields=("-opened_at",), name="intervention_by_date"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def urn(self) -> Urn:
        return Urn(URN_TYPE, str(self.pk))

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class Cause(models.Model):
    """What led to the work. `is_open` follows the state of the intervention (trigger of migration 0002)."""

    intervention = models.ForeignKey(Intervention, on_delete=models.CASCADE, related_name="causes")
    cause_urn = models.CharField(max_length=255)
    linked_at = models.DateTimeField()
    is_open = models.BooleanField(default=True, editable=False)

    class Meta:
        ordering = ("linked_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("cause_urn",), condition=Q(is_open=True), name="intervention_one_open_per_cause"
            ),
            models.UniqueConstraint(fields=("intervention", "cause_urn"), name="intervention_cause_once"),
            models.CheckConstraint(condition=~Q(cause_urn=""), name="intervention_cause_named"),
        )
        indexes = (models.Index(fields=("cause_urn",), name="intervention_cause_urn"),)

    def __str__(self) -> str:
        return self.cause_urn
