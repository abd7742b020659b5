"""What was observed: one row an observation, in one table a day (UTC), so that old days leave at once.

The table itself is made by migration `0002`: Django does not partition.
"""

from typing import ClassVar

from django.db import models


class Attribute(models.Model):
    """The name of an attribute, once, so that an observation holds four bytes of it."""

    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Observation(models.Model):
    """`value` holds numbers, and booleans as 0 and 1; `value_json` what is not a number.

    No foreign key: the past of a thing outlives it, and a key would cost as much as the row.
    """

    pk = models.CompositePrimaryKey("entity_id", "attribute_id", "observed_at")
    entity_id = models.BigIntegerField()
    attribute_id = models.IntegerField()
    observed_at = models.DateTimeField()
    value = models.FloatField(null=True)
    value_json = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "history_observation"
        ordering: ClassVar[list[str]] = ["entity_id", "attribute_id", "observed_at"]
