"""What was observed: one row an instance of an attribute, in one table a day (UTC), so that old days leave at once.

The table itself is made by migrations `0002` and `0003`: Django does not partition.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from parvis.telemetry.history.lake.models import Forgotten, KeepRule, LakeFile

__all__ = ["Attribute", "Departed", "Forgotten", "KeepRule", "LakeFile", "Observation", "Shape"]


class Attribute(models.Model):
    """The name of an attribute and the `datasetId` of one of its instances, once, so that an observation holds four bytes of them."""

    id = models.AutoField(primary_key=True)
    name = models.TextField()
    dataset_id = models.TextField(default="", blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "dataset_id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name", "dataset_id"], name="history_attribute_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.dataset_id}".strip()


class Shape(models.Model):
    """What thousands of observations have in common, once: canonical JSON `{"type": "Property", "unitCode": "CEL"}`.

    `"unobserved": true`: the instance has no observedAt, its time is that of the writing. `"deleted": true`: a record of deletion.
    `"erased": true`: the row only hides one of the lake until the next compaction.
    """

    id = models.AutoField(primary_key=True)
    document = models.TextField(unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.document


class Observation(models.Model):
    """`value` holds the number of a Property, and booleans as 0 and 1; `document` all the rest of the instance that its shape does not
    tell: null for a plain number, `{"value": "open"}` for a text, with its sub-attributes when it has some.

    No foreign key: the past of a thing outlives it, and a key would cost as much as the row.
    """

    pk = models.CompositePrimaryKey("entity_id", "attribute_id", "observed_at")
    entity_id = models.BigIntegerField()
    attribute_id = models.IntegerField()
    shape_id = models.IntegerField()
    observed_at = models.DateTimeField()
    written_at = models.DateTimeField()
    value = models.FloatField(null=True)
    document = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "history_observation"
        ordering: ClassVar[list[str]] = ["entity_id", "attribute_id", "observed_at"]


class Departed(models.Model):
    """A thing that is no more in the context, of which the history is kept. Created again, it takes back its `entity_id`."""

    entity_id = models.BigIntegerField(primary_key=True)
    tenant_id = models.IntegerField()
    urn = models.TextField()
    types = ArrayField(models.TextField())
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    deleted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["entity_id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tenant_id", "urn"], name="history_departed_urn"),
        ]

    def __str__(self) -> str:
        return self.urn
