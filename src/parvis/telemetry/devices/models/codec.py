from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation


class Quarantine(models.TextChoices):
    """What the codec did to its process (`sandbox.FailureKind`)."""

    OVERRAN = "overran", _("temps dépassé")
    EXHAUSTED = "exhausted", _("mémoire épuisée")
    CRASHED = "crashed", _("processus arrêté")


class Kind(models.TextChoices):
    """What is not JavaScript is built in, and has no program."""

    JAVASCRIPT = "javascript", _("JavaScript")
    CAYENNE = "cayenne-lpp", _("Cayenne LPP")


class CodecQuerySet(models.QuerySet["Codec"]):
    def latest_versions(self) -> "CodecQuerySet":
        newest = self.model.objects.filter(name=models.OuterRef("name")).order_by("-version")
        return self.filter(pk=models.Subquery(newest.values("pk")[:1]))


class Codec(models.Model):
    """One version of a payload codec. `source` never changes: to change it is to make the next version, so that an uplink
    can be replayed through any of them and a version taken back."""

    name = models.CharField(_("nom"), max_length=80)
    version = models.PositiveIntegerField(_("version"), default=1)
    kind = models.CharField(_("sorte"), max_length=20, choices=Kind, default=Kind.JAVASCRIPT)
    source = models.TextField(_("programme JavaScript"), blank=True)
    examples = models.JSONField(_("exemples"), default=list, blank=True)
    """Those that came with it: a list of `examples.Example`, each with what this version answered when it was made."""
    origin = models.CharField(_("origine"), max_length=300, blank=True)
    """The file or folder it was imported from, as its maker names it."""
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("création"))
    quarantined_at = models.DateTimeField(_("mise en quarantaine"), null=True, blank=True)
    quarantine = models.CharField(_("motif"), max_length=12, choices=Quarantine, blank=True)
    quarantine_detail = models.TextField(_("détail"), blank=True)

    objects = CodecQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-version"]
        verbose_name = _("codec")
        verbose_name_plural = _("codecs")
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="devices_codec_version_once"),
            models.CheckConstraint(
                condition=Q(quarantined_at=None, quarantine="")
                | Q(quarantined_at__isnull=False, quarantine__in=Quarantine.values),
                name="devices_codec_quarantine_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def passed_examples(self) -> int:
        return sum(bool(example.get("passed")) for example in self.examples)

    @property
    def keeps_state(self) -> bool:
        """Its examples told: it would take something of one device for another, and is run with nothing of the call before."""
        return any(example.get("keeps_state") for example in self.examples)
