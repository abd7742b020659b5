from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parvis.domains.requests.models.request import Request
from parvis.domains.requests.rules import MAX_DESCRIPTION, Kind
from parvis.foundations.identity.models import User
from parvis.foundations.organisations.models import Organisation


class RequestEvent(models.Model):
    """A step of a request: a public one is read by the resident, the others by agents only.

    `key` names what caused the step from outside (an intervention and its move), so that an event delivered twice
    makes one step.
    """

    service_request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    is_public = models.BooleanField(_("visible de l’habitant"))
    text = models.TextField(blank=True, max_length=MAX_DESCRIPTION)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    key = models.CharField(max_length=240, blank=True)
    at = models.DateTimeField()
    notified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(name="requests_event_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="requests_event_note_private", condition=~Q(kind=Kind.NOTE) | Q(is_public=False)
            ),
            models.UniqueConstraint(
                name="requests_event_once", fields=("service_request", "key"), condition=~Q(key="")
            ),
        )
        indexes = (models.Index(name="requests_event_by_request", fields=("service_request", "at", "id")),)

    def __str__(self) -> str:
        return f"{self.service_request_id} {self.kind}"
