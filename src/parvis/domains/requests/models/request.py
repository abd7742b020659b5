"""A resident's request, and the chainable filters of its lists."""

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat, Lower, Replace, Right
from django.utils.translation import gettext_lazy as _

from parvis.domains.requests.models.category import Category
from parvis.domains.requests.rules import (
    CLOSED_STATES,
    MAX_DESCRIPTION,
    OPEN_STATES,
    PHONE_KEY_DIGITS,
    Attention,
    Channel,
    State,
    box_around,
    search_words,
)
from parvis.foundations.identity.models import User
from parvis.foundations.organisations.models import Organisation
from parvis.kernel.urn import Urn


def _folded(expression: Combinable) -> Replace:
    """Lower case without accents, by an immutable expression: no extension (PostgreSQL's `unaccent`) is needed.

    The same folding as `rules.fold`.
    """
    text = models.TextField()
    decomposed = Func(
        Lower(expression, output_field=text), template="normalize(%(expressions)s, NFD)", output_field=text
    )
    marks = Value("[\u0300-\u036f]")
    bare = Func(decomposed, marks, Value(""), Value("g"), function="regexp_replace", output_field=text)
    return Replace(bare, Value("œ"), Value("oe"), output_field=text)


class RequestQuerySet(models.QuerySet["Request"]):
    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def closed(self) -> Self:
        return self.filter(state__in=CLOSED_STATES)

    def matching(self, text: str) -> Self:
        """Every word of `text` begins a word of the description or the address, accents and case apart."""
        words = list(search_words(text))
        if not words:
            return self
        return self.filter(
            search=SearchQuery(" & ".join(f"{word}:*" for word in words), config="french", search_type="raw")
        )

    def within_m(self, longitude: float, latitude: float, radius_m: float) -> Self:
        """In the box around the circle; the caller drops the corners by `rules.distance_m`."""
        west, south, east, north = box_around(longitude, latitude, radius_m)
        return self.filter(longitude__range=(west, east), latitude__range=(south, north))

    def contact_due(self, closed_before: datetime) -> Self:
        return self.filter(contact_erased_at=None, closed_at__lt=closed_before)


_RequestManager = models.Manager.from_queryset(RequestQuerySet)


class RequestManager(_RequestManager["Request"]):
    def get_queryset(self) -> RequestQuerySet:
        """Without the columns that only the database reads."""
        return RequestQuerySet(self.model, using=self._db).defer("search", "phone_key")


class Request(models.Model):
    """A problem in public space, reported by a resident (Open311: a service request).

    No channel but this row holds who reported it; what may be shown to everybody is chosen by `selectors.public`.
    """

    number = models.CharField(_("numéro"), max_length=16, unique=True)
    submission = models.UUIDField(
        _("envoi"), unique=True, help_text=_("Un même formulaire envoyé deux fois fait un seul signalement.")
    )
    code_seed = models.UUIDField(default=uuid.uuid4, editable=False)
    code_fingerprint = models.CharField(max_length=64, unique=True, null=True, editable=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, verbose_name=_("catégorie"), related_name="+")
    description = models.TextField(_("description"), blank=True, max_length=MAX_DESCRIPTION)
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    address = models.CharField(_("adresse"), max_length=200, blank=True)
    area_code = models.CharField(_("commune"), max_length=40, blank=True)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("organisme compétent"),
        related_name="+",
    )
    portal = models.ForeignKey(
        Organisation,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("portail d’arrivée"),
        related_name="+",
    )
    state = models.CharField(_("état"), max_length=12, choices=State.choices, default=State.RECEIVED)
    attention = models.CharField(
        _("à revoir"), max_length=12, choices=Attention.choices, default=Attention.NONE, blank=True
    )
    channel = models.CharField(_("canal"), max_length=8, choices=Channel.choices, default=Channel.WEB)
    reporter = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    contact_name = models.CharField(_("nom"), max_length=120, blank=True)
    contact_email = models.EmailField(_("adresse électronique"), blank=True)
    contact_phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    contact_erased_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(_("langue"), max_length=8, default="fr")
    intervention_urn = models.CharField(max_length=200, blank=True)
    public_note = models.TextField(_("note publique"), blank=True, max_length=MAX_DESCRIPTION)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("saisi par")
    )
    created_at = models.DateTimeField(_("reçu le"))
    updated_at = models.DateTimeField(_("modifié le"))
    closed_at = models.DateTimeField(_("clos le"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    phone_key = models.GeneratedField(
        expression=Right(
            Func(
                F("contact_phone"),
                Value("[^0-9]"),
                Value(""),
                Value("g"),
                function="regexp_replace",
                output_field=models.CharField(),
            ),
            PHONE_KEY_DIGITS,
        ),
        output_field=models.CharField(max_length=PHONE_KEY_DIGITS),
        db_persist=True,
    )
    search = models.GeneratedField(
        expression=Func(
            Value("french"),
            _folded(Concat(F("description"), Value(" "), F("address"), output_field=models.TextField())),
            function="to_tsvector",
            output_field=SearchVectorField(),
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects: ClassVar[RequestManager] = RequestManager()

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = _("signalement")
        constraints = (
            models.CheckConstraint(name="requests_request_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="requests_request_attention_known", condition=Q(attention__in=Attention.values)
            ),
            models.CheckConstraint(name="requests_request_channel_known", condition=Q(channel__in=Channel.values)),
            models.CheckConstraint(
                name="requests_request_point_whole",
                # A CHECK passes on NULL: without the two `isnull`, half a point would.
                condition=Q(longitude=None, latitude=None)
                | Q(
                    longitude__isnull=False,
                    latitude__isnull=False,
                    longitude__range=(-180, 180),
                    latitude__range=(-90, 90),
                ),
            ),
            models.CheckConstraint(
                name="requests_request_closed_at_when_closed",
                condition=Q(state__in=sorted(CLOSED_STATES), closed_at__isnull=False)
                | Q(state__in=sorted(OPEN_STATES), closed_at=None),
            ),
            models.CheckConstraint(
                name="requests_request_erased_is_empty",
                condition=Q(contact_erased_at=None)
                | Q(contact_name="", contact_email="", contact_phone="", reporter=None, code_fingerprint=None),
            ),
        )
        indexes = (
            models.Index(name="requests_by_date", fields=("-created_at", "-id")),
            models.Index(name="requests_by_organisation", fields=("organisation", "-created_at", "-id")),
            models.Index(name="requests_by_area", fields=("area_code", "-created_at", "-id")),
            models.Index(
                name="requests_open_by_place",
                fields=("category", "latitude", "longitude"),
                condition=Q(state__in=sorted(OPEN_STATES)),
            ),
            models.Index(name="requests_by_phone", fields=("phone_key",), condition=~Q(contact_phone="")),
            models.Index(name="requests_by_email", fields=("contact_email",), condition=~Q(contact_email="")),
            models.Index(
                name="requests_by_intervention", fields=("intervention_urn",), condition=~Q(intervention_urn="")
            ),
            models.Index(name="requests_by_closing", fields=("closed_at",)),
            models.Index(
                name="requests_open", fields=("-created_at", "-id"), condition=Q(state__in=sorted(OPEN_STATES))
            ),
            GinIndex(name="requests_by_text", fields=("search",)),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def urn(self) -> str:
        return str(Urn("ServiceRequest", str(self.pk)))

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def has_contact(self) -> bool:
        return bool(self.contact_name or self.contact_email or self.contact_phone or self.reporter_id)
