"""Who wants to be told of what, and what is still to be told to each (ETSI GS CIM 009 V1.8.1, 5.8 and 5.11)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parvis.telemetry.context.models.tenants import CITY


class Subject(models.TextChoices):
    """`/subscriptions` follow entities, `/csourceSubscriptions` follow registrations."""

    ENTITIES = "entities", _("objets")
    SOURCES = "sources", _("sources")


class Subscription(models.Model):
    """`document` is what the client gave, types and attributes under their stored names; `context` is the @context value it was given
    with, by which it is notified unless it names another, and `query_context` the one by which the names in `q` and `csf` are read.
    The document also holds `via`, the brokers the request came through, and in a keeper of copies `keeps` and `ending`
    (`federation.copies.keeping`); nobody is shown these.

    The counters are those of `notification` (5.2.14); `next_at` is when a periodic subscription fires next; nothing is sent
    `not_before` its time (throttling, cooldown, back-off after `failures` in a row). `limits` are those of the
    token that subscribed (`subscriptions.limits`).
    """

    tenant_id = models.IntegerField(default=CITY)
    subject = models.TextField(choices=Subject.choices, default=Subject.ENTITIES)
    urn = models.TextField(_("identifiant"))
    document = models.JSONField(_("document"))
    context = models.JSONField(null=True)
    query_context = models.JSONField(null=True)
    is_active = models.BooleanField(_("active"), default=True)
    expires_at = models.DateTimeField(_("expire le"), null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("échecs de suite"), default=0)
    times_sent = models.BigIntegerField(_("envois"), default=0)
    times_failed = models.BigIntegerField(_("échecs"), default=0)
    last_notification = models.DateTimeField(_("dernier envoi"), null=True, blank=True)
    last_success = models.DateTimeField(_("dernier succès"), null=True, blank=True)
    last_failure = models.DateTimeField(_("dernier échec"), null=True, blank=True)
    organisation = models.ForeignKey(
        "organisations.Organisation",
        verbose_name=_("organisation"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )
    limits = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("création"))
    modified_at = models.DateTimeField(_("modification"))

    class Meta:
        verbose_name = _("abonnement")
        verbose_name_plural = _("abonnements")
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant_id", "subject", "urn"], name="context_subscription_urn"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_at"], name="context_subscription_due", condition=Q(next_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.urn


class QueuedNotification(models.Model):
    """One change still to be told to one subscriber, in the order of `id`; it is written by the transaction of the change and goes
    when the receiver has acknowledged it.

    `content` is the JSON of a `subscriptions.snapshots.Snapshot` (for sources: of the notification's own members), `urn` the thing that
    changed. `dead` ones were given up after too many failures: an operator replays or discards them. No foreign key in the database: it
    would look the subscription up for each row, and rows left by a race with its deletion are swept.
    """

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="queue", db_constraint=False, db_index=False
    )
    urn = models.TextField(_("objet"), default="", blank=True)
    content = models.TextField()
    queued_at = models.DateTimeField(_("mise en attente"))
    attempts = models.PositiveSmallIntegerField(_("tentatives"), default=0)
    dead = models.BooleanField(default=False)
    error = models.TextField(_("erreur"), default="", blank=True)

    class Meta:
        db_table = "context_notification"
        verbose_name = _("notification en attente")
        verbose_name_plural = _("notifications en attente")
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subscription", "id"], name="context_notification_queue", condition=Q(dead=False)),
            models.Index(fields=["subscription", "id"], name="context_notification_dead", condition=Q(dead=True)),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.pk}"


class Revision(models.Model):
    """One row a subject; its token changes with every change of what is subscribed to, in the same transaction. A process compares it
    with the one of what it remembers: right after the commit elsewhere, and even inside the changing transaction."""

    subject = models.TextField(primary_key=True)
    token = models.UUIDField()

    class Meta:
        db_table = "context_revision"
        ordering: ClassVar[list[str]] = ["subject"]

    def __str__(self) -> str:
        return f"{self.subject} {self.token}"
