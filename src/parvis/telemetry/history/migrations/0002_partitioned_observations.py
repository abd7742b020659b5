"""Observations by day of `observed_at`. The key serves the reads (one thing, one attribute, a span of time) and tells duplicates."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("history", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE TABLE history_observation (
                entity_id bigint NOT NULL,
                observed_at timestamptz NOT NULL,
                value float8,
                attribute_id integer NOT NULL,
                value_json jsonb,
                CONSTRAINT history_observation_pkey PRIMARY KEY (entity_id, attribute_id, observed_at),
                CONSTRAINT history_observation_has_value CHECK (value IS NOT NULL OR value_json IS NOT NULL),
                CONSTRAINT history_observation_finite CHECK (value > '-Infinity' AND value < 'Infinity')
            ) PARTITION BY RANGE (observed_at)
            """,
            reverse_sql="DROP TABLE history_observation",
        )
    ]
