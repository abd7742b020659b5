"""A threshold rule, and its memory of each thing (ISA-18.2 clause 9: an alarm is rationalised before it exists)."""

from datetime import timedelta

from django.db import models
from django.db.models import Func, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.rules import Subject
from parvis.telemetry.context.models import Entity
from parvis.telemetry.supervision.rules.alarms import Priority
from parvis.telemetry.supervision.rules.conditions import ORDERING, Condition, Operator
from parvis.telemetry.supervision.rules.tracking import Phase, Tracking

_THRESHOLD_TYPE = Func("threshold", function="jsonb_typeof", output_field=models.TextField())


class RuleQuerySet(models.QuerySet["Rule"]):
    def enabled(self) -> "RuleQuerySet":
        return self.filter(enabled=True)


class Rule(models.Model):
    """Every alarm says what it means, what to do, what happens otherwise and within how long: an alarm without an action
    is an event, so these texts are required.
    """

    name = models.CharField(_("nom"), max_length=120)
    entity_type = models.CharField(_("type d’équipement"), max_length=80)
    attribute = models.CharField(_("mesure"), max_length=80)
    operator = models.CharField(_("comparaison"), max_length=2, choices=Operator)
    threshold = models.JSONField(_("seuil"))
    deadband = models.FloatField(_("bande morte"), default=0.0)
    on_delay_s = models.PositiveIntegerField(_("délai avant alarme (s)"), default=0)
    off_delay_s = models.PositiveIntegerField(_("délai avant retour (s)"), default=0)
    priority = models.CharField(_("priorité"), max_length=10, choices=Priority, default=Priority.LOW)
    needs_acknowledgement = models.BooleanField(_("acquittement exigé"), default=False)
    title = models.CharField(_("titre de l’alarme"), max_length=200)
    meaning = models.TextField(_("ce que cela veut dire"))
    operator_action = models.TextField(_("ce qu’il faut faire"))
    consequence = models.TextField(_("ce qui arrive sinon"))
    response_minutes = models.PositiveIntegerField(_("temps pour agir (min)"))
    subject = models.CharField(_("domaine"), max_length=20, choices=Subject, default=Subject.OTHER)
    opens_intervention = models.BooleanField(_("ouvre une intervention"), default=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organisation")
    )
    """Null: the things of everybody; else the things of this organisation and of its services."""
    enabled = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(condition=Q(operator__in=Operator.values), name="rule_operator_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="rule_priority_known"),
            models.CheckConstraint(condition=Q(deadband__gte=0), name="rule_deadband_not_negative"),
            models.CheckConstraint(condition=Q(response_minutes__gte=1), name="rule_response_time_given"),
            models.CheckConstraint(
                condition=Q(Exact(_THRESHOLD_TYPE, "number"))
                | (
                    ~Q(operator__in=ORDERING)
                    & (Q(Exact(_THRESHOLD_TYPE, "string")) | Q(Exact(_THRESHOLD_TYPE, "boolean")))
                ),
                name="rule_threshold_fits_operator",
            ),
        )
        indexes = (
            models.Index(fields=("entity_type", "attribute"), condition=Q(enabled=True), name="rule_by_attribute"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def condition(self) -> Condition:
        return Condition(
            operator=Operator(self.operator),
            threshold=self.threshold,
            deadband=self.deadband,
            on_delay=timedelta(seconds=self.on_delay_s),
            off_delay=timedelta(seconds=self.off_delay_s),
        )


class RuleState(models.Model):
    """Locked while it is evaluated, so that each reading has its effect once however many processes look."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="states")
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="+")
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.NORMAL)
    observed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    value = models.JSONField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("rule", "entity"), name="rule_state_once"),
            models.CheckConstraint(condition=Q(phase__in=Phase.values), name="rule_state_phase_known"),
            models.CheckConstraint(
                condition=Q(phase__in=(Phase.RISING, Phase.FALLING), due_at__isnull=False)
                | Q(phase__in=(Phase.NORMAL, Phase.ACTIVE), due_at__isnull=True),
                name="rule_state_due_when_waiting",
            ),
        )
        indexes = (models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="rule_state_due"),)

    def __str__(self) -> str:
        return f"{self.rule_id}/{self.entity_id}: {self.phase}"

    @property
    def tracking(self) -> Tracking:
        return Tracking(phase=Phase(self.phase), observed_at=self.observed_at, due_at=self.due_at, value=self.value)

    def take(self, tracking: Tracking) -> None:
        self.phase = tracking.phase
        self.observed_at = tracking.observed_at
        self.due_at = tracking.due_at
        self.value = tracking.value
