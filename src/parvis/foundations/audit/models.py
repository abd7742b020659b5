"""The journal and its head. Rows are written by `facade.record` and by nothing else; triggers (migration 0002) seal and guard them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit import rules


class EntryQuerySet(models.QuerySet["Entry"]):
    def sealed(self) -> "EntryQuerySet":
        """Without the entries of the transaction under way, which have no position yet."""
        return self.filter(position__isnull=False)


class Entry(models.Model):
    """Who did what to which URN, when, under which right. `organisation` is a slug, so that an entry outlives what it names."""

    position = models.BigIntegerField(_("position"), null=True, editable=False)
    hash = models.BinaryField(_("empreinte"), null=True, max_length=32, editable=False)
    at = models.DateTimeField(_("date"))
    actor = models.TextField(_("auteur"))
    action = models.TextField(_("action"))
    urn = models.TextField(_("objet"))
    right = models.TextField(_("droit"), default="", blank=True)
    organisation = models.TextField(_("organisation"), default="", blank=True)
    details = models.TextField(
        _("détails"), default="{}", help_text=_("Objet JSON, clés triées : c’est ce texte qui est scellé.")
    )

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entrée du journal")
        verbose_name_plural = _("entrées du journal")
        ordering = ("-position",)
        constraints = (
            models.UniqueConstraint(fields=("position",), name="audit_entry_position_once"),
            models.CheckConstraint(
                condition=Q(position__isnull=True, hash__isnull=True) | Q(position__gte=1, hash__isnull=False),
                name="audit_entry_sealed_whole",
            ),
        )
        indexes = (
            models.Index(fields=("actor", "-position"), name="audit_entry_by_actor"),
            models.Index(fields=("urn", "-position"), name="audit_entry_by_urn"),
            models.Index(fields=("organisation", "-position"), name="audit_entry_by_organisation"),
            models.Index(fields=("action", "-position"), name="audit_entry_by_action"),
            models.Index(fields=("at",), name="audit_entry_by_date"),
        )

    def __str__(self) -> str:
        return f"{self.position or '…'} {self.action} {self.urn}"


class Head(models.Model):
    """The one row that says where the chain ends and, once purged, begins."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=32, default=rules.GENESIS)
    base_position = models.BigIntegerField(default=0)
    base_hash = models.BinaryField(max_length=32, default=rules.GENESIS)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(id=1), name="audit_head_is_one_row"),
            models.CheckConstraint(
                condition=Q(base_position__lte=models.F("position")), name="audit_head_base_before_end"
            ),
        )

    def __str__(self) -> str:
        return str(self.position)

    def value(self) -> rules.ChainHead:
        return rules.ChainHead(
            position=self.position,
            hash=bytes(self.hash),
            base_position=self.base_position,
            base_hash=bytes(self.base_hash),
        )
