"""Triggers that seal the journal at commit and refuse any change to what is sealed."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = (("audit", "0001_initial"),)

    operations = (
        migrations.RunSQL(
            sql=(SQL / "chain.sql").read_text(encoding="utf-8"),
            reverse_sql=(SQL / "chain_reverse.sql").read_text(encoding="utf-8"),
        ),
    )
