"""Photos that illustrate something of the platform; the bytes are on disk, named by what they are."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

MEDIA_TYPE = "image/jpeg"


class StoredFile(models.Model):
    """`owner_urn` is what it illustrates: only its package decides who may see it. Once `erased_at`, no bytes are left."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner_urn = models.CharField(_("illustre"), max_length=200, db_index=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    """Of the photo as it is kept: two equal photos are one file."""
    media_type = models.CharField(max_length=40, default=MEDIA_TYPE)
    size = models.PositiveIntegerField(_("taille en octets"))
    width = models.PositiveIntegerField(_("largeur en pixels"))
    height = models.PositiveIntegerField(_("hauteur en pixels"))
    created_at = models.DateTimeField(_("reçu le"))
    erased_at = models.DateTimeField(_("effacé le"), null=True, blank=True)

    taken_at: tuple[float, float] | None = None
    """(longitude, latitude) the camera noted. Given by `store_photo` to its caller, never kept here: it may be a home."""

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        indexes = [
            models.Index(fields=["created_at"], condition=Q(erased_at=None), name="files_storedfile_kept"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="files_storedfile_sha256_is_hex"),
            models.CheckConstraint(
                condition=Q(width__gt=0, height__gt=0, size__gt=0), name="files_storedfile_has_dimensions"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uuid} ({self.owner_urn})"
