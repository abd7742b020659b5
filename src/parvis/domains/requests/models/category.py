from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.rules import Subject


class Category(models.Model):
    """What a resident may report; its subject says who is competent (Open311: a service)."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    label = models.CharField(_("libellé"), max_length=80)
    subject = models.CharField(_("sujet"), max_length=20, choices=Subject.choices)
    icon = models.SlugField(_("pictogramme"), max_length=40, default="message-circle")
    hint = models.CharField(_("aide"), max_length=160, blank=True)
    order = models.PositiveSmallIntegerField(_("ordre"), default=50)
    is_active = models.BooleanField(_("proposée"), default=True)

    class Meta:
        ordering = ("order", "id")
        verbose_name = _("catégorie")
        constraints = (
            models.CheckConstraint(name="requests_category_subject_known", condition=Q(subject__in=Subject.values)),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The label in the reader's language, when it is one of the seeded ones."""
        return gettext(self.label)

    @property
    def help(self) -> str:
        return gettext(self.hint) if self.hint else ""
