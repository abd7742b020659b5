"""What is still to be told to those who follow the city."""

from typing import ClassVar

from django.db import models


class QueuedChange(models.Model):
    """A change of state that one consumer has not yet taken; the row goes in the transaction that handles it.

    `not_before` null: given up after too many failures, kept for an operator to replay or discard.
    """

    consumer = models.TextField()
    change = models.JSONField()
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)

    class Meta:
        db_table = "context_change"
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["consumer", "not_before", "id"], name="context_change_due"),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.pk}"
