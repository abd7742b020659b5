"""A trigger renews the stamp of the territory with every write, whoever writes: processes compare it with their index's."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION territory_renew_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO territory_revision (id, stamp) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp;
    RETURN NULL;
END $$;
CREATE TRIGGER territory_area_renews_stamp
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON territory_area
    FOR EACH STATEMENT EXECUTE FUNCTION territory_renew_stamp();
INSERT INTO territory_revision (id, stamp) VALUES (1, gen_random_uuid());
"""
REVERSE = """
DROP TRIGGER territory_area_renews_stamp ON territory_area;
DROP FUNCTION territory_renew_stamp();
DELETE FROM territory_revision;
"""


class Migration(migrations.Migration):
    dependencies = [("territory", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
