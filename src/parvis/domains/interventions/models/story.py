"""What happened to a work order, line by line, and its photos."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parvis.capabilities.files.models import StoredFile
from parvis.domains.interventions.models.intervention import Intervention


class InterventionEventKind(models.TextChoices):
    OPENED = "opened", _("ouverte")
    LINKED = "linked", _("cause ajoutée")
    ASSIGNED = "assigned", _("affectée")
    STARTED = "started", _("commencée")
    FINISHED = "finished", _("terminée")
    REFUSED = "refused", _("déclarée impossible")
    CANCELLED = "cancelled", _("annulée")
    REOPENED = "reopened", _("rouverte")
    NOTED = "noted", _("à savoir")


class InterventionEvent(models.Model):
    """`nonce` names the form that was sent: the same form sent twice over a bad network is one event."""

    intervention = models.ForeignKey(Intervention, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=InterventionEventKind)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    """Null: the platform itself."""
    text = models.TextField(default="", blank=True)
    nonce = models.UUIDField(null=True, unique=True)

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=InterventionEventKind.values), name="intervention_event_kind_known"
            ),
        )
        indexes = (models.Index(fields=("intervention", "at"), name="intervention_story"),)

    def __str__(self) -> str:
        return f"{self.intervention_id} {self.kind}"


class Photo(models.Model):
    """Taken by the crew, of the work. May show passers-by or number plates, hence its retention."""

    intervention = models.ForeignKey(Intervention, on_delete=models.CASCADE, related_name="photos")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("added_at", "id")

    def __str__(self) -> str:
        return f"{self.intervention_id} photo {self.pk}"
