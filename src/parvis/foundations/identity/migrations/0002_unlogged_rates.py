"""Rates are counted in an unlogged table: no write-ahead log for what a crash may well forget."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("identity", "0001_initial"),)

    operations = (
        migrations.RunSQL(
            sql="ALTER TABLE identity_ratecount SET UNLOGGED",
            reverse_sql="ALTER TABLE identity_ratecount SET LOGGED",
        ),
    )
