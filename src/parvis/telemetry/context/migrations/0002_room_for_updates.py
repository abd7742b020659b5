"""Rows that are rewritten at each reading keep room for it in their page; the queue, emptied as fast as it fills, is swept often."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("context", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="ALTER TABLE context_entity SET (fillfactor = 70)",
            reverse_sql="ALTER TABLE context_entity RESET (fillfactor)",
        ),
        migrations.RunSQL(
            sql="ALTER TABLE context_change SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)",
            reverse_sql="ALTER TABLE context_change RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)",
        ),
    ]
