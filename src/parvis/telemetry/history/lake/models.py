"""What PostgreSQL knows of the lake: its files, what must leave them, and how long they keep what."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class LakeFileQuerySet(models.QuerySet["LakeFile"]):
    def active(self) -> "LakeFileQuerySet":
        """Those that together are the lake."""
        return self.filter(retired_at=None)


class LakeFile(models.Model):
    """A file, whole and synchronised to disk before its row is committed. It never changes: others take its place.

    A retired one is no part of the lake any more, and stays on disk for those who still read it.
    """

    path = models.TextField(unique=True)
    """Under PARVIS_LAKE_PATH."""
    first_day = models.DateField()
    last_day = models.DateField()
    """Inclusive: the days (UTC) the file is answerable for."""
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    checksum = models.TextField()
    """SHA-256, hexadecimal."""
    min_entity = models.BigIntegerField()
    max_entity = models.BigIntegerField()
    min_observed = models.DateTimeField()
    max_observed = models.DateTimeField()
    min_written = models.DateTimeField()
    max_written = models.DateTimeField()
    contents = models.JSONField()
    """`[[tenant, type, attribute, rows, first day], …]`: what is in it without opening it."""
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = LakeFileQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["first_day", "last_day", "min_entity", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="history_lakefile_days", condition=Q(first_day__lte=F("last_day"))),
            models.CheckConstraint(name="history_lakefile_not_empty", condition=Q(rows__gt=0, bytes__gt=0)),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["first_day"], name="history_lakefile_active", condition=Q(retired_at=None)),
        ]

    def __str__(self) -> str:
        return self.path


class Forgotten(models.Model):
    """Lines of the lake that are no more: hidden from every reader at once, removed from the files by the next compaction.

    Of one thing, of one attribute, or of one attribute of one thing; only what was written before the order was given.
    """

    entity_id = models.BigIntegerField(null=True)
    attribute_id = models.IntegerField(null=True)
    forgotten_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="history_forgotten_something",
                condition=Q(entity_id__isnull=False) | Q(attribute_id__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["entity_id"], name="history_forgotten_entity")]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.attribute_id}"


class KeepRule(models.Model):
    """How long an attribute is kept, when it is not as long as the rest (the `history.keep_days` setting).

    An empty type or attribute stands for all of them. The rule that names most wins, an attribute before a type.
    """

    entity_type = models.TextField(_("type"), default="", blank=True)
    attribute = models.TextField(_("attribut"), default="", blank=True)
    keep_days = models.PositiveIntegerField(_("durée de conservation (jours)"))

    class Meta:
        verbose_name = _("durée de conservation")
        verbose_name_plural = _("durées de conservation")
        ordering: ClassVar[list[str]] = ["entity_type", "attribute"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entity_type", "attribute"], name="history_keeprule_once"),
            models.CheckConstraint(name="history_keeprule_names_something", condition=~Q(entity_type="", attribute="")),
            models.CheckConstraint(name="history_keeprule_some_days", condition=Q(keep_days__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.entity_type}.{self.attribute}"
