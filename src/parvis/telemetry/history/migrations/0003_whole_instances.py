"""An observation keeps the whole instance (ETSI GS CIM 009 V1.8.1, 4.5.7): its datasetId, its shape, its sub-attributes, when it was written."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0002_partitioned_observations"), ("context", "0003_whole_broker")]

    operations = [
        migrations.CreateModel(
            name="Shape",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("document", models.TextField(unique=True)),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.CreateModel(
            name="Departed",
            fields=[
                ("entity_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("tenant_id", models.IntegerField()),
                ("urn", models.TextField()),
                ("types", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("created_at", models.DateTimeField()),
                ("modified_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField()),
            ],
            options={"ordering": ["entity_id"]},
        ),
        migrations.AddConstraint(
            model_name="departed",
            constraint=models.UniqueConstraint(fields=["tenant_id", "urn"], name="history_departed_urn"),
        ),
        migrations.AlterModelOptions(name="attribute", options={"ordering": ["name", "dataset_id"]}),
        migrations.AlterField(model_name="attribute", name="name", field=models.TextField()),
        migrations.AddField(
            model_name="attribute", name="dataset_id", field=models.TextField(blank=True, default="", db_default="")
        ),
        migrations.AlterField(
            model_name="attribute", name="dataset_id", field=models.TextField(blank=True, default="")
        ),
        migrations.AddConstraint(
            model_name="attribute",
            constraint=models.UniqueConstraint(fields=["name", "dataset_id"], name="history_attribute_name"),
        ),
        migrations.RunSQL(
            sql="""
            INSERT INTO history_shape (document) VALUES ('{"type":"Property"}');
            ALTER TABLE history_observation RENAME COLUMN value_json TO document;
            ALTER TABLE history_observation DROP CONSTRAINT history_observation_has_value;
            ALTER TABLE history_observation
                ADD COLUMN shape_id integer NOT NULL DEFAULT 1, ADD COLUMN written_at timestamptz NOT NULL DEFAULT now();
            UPDATE history_observation SET written_at = observed_at;
            UPDATE history_observation SET document = jsonb_build_object('value', document) WHERE document IS NOT NULL;
            ALTER TABLE history_observation ALTER COLUMN shape_id DROP DEFAULT, ALTER COLUMN written_at DROP DEFAULT;
            """,
            reverse_sql="""
            DELETE FROM history_observation WHERE value IS NULL AND document -> 'value' IS NULL;
            ALTER TABLE history_observation DROP COLUMN shape_id, DROP COLUMN written_at;
            UPDATE history_observation SET document = document -> 'value' WHERE document IS NOT NULL;
            ALTER TABLE history_observation RENAME COLUMN document TO value_json;
            ALTER TABLE history_observation
                ADD CONSTRAINT history_observation_has_value CHECK (value IS NOT NULL OR value_json IS NOT NULL);
            """,
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="Observation"),
                migrations.CreateModel(
                    name="Observation",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "entity_id",
                                "attribute_id",
                                "observed_at",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("entity_id", models.BigIntegerField()),
                        ("attribute_id", models.IntegerField()),
                        ("shape_id", models.IntegerField()),
                        ("observed_at", models.DateTimeField()),
                        ("written_at", models.DateTimeField()),
                        ("value", models.FloatField(null=True)),
                        ("document", models.JSONField(null=True)),
                    ],
                    options={
                        "db_table": "history_observation",
                        "ordering": ["entity_id", "attribute_id", "observed_at"],
                        "managed": False,
                    },
                ),
            ]
        ),
    ]
