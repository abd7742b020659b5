"""Uplinks by day of `received_on`, which the key that tells duplicates must hold (a unique index covers one table)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("devices", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE SEQUENCE devices_uplink_id_seq;
            CREATE TABLE devices_uplink (
                id bigint NOT NULL DEFAULT nextval('devices_uplink_id_seq'),
                received_at timestamptz NOT NULL,
                sent_at timestamptz,
                source_id bigint NOT NULL,
                device_id bigint,
                f_cnt bigint,
                replayed_at timestamptz,
                rssi float8,
                snr float8,
                received_on date NOT NULL,
                f_port smallint,
                spreading_factor smallint,
                gateways smallint,
                dedup_key uuid NOT NULL,
                eui text NOT NULL DEFAULT '',
                event text NOT NULL DEFAULT '',
                status text NOT NULL,
                reason text NOT NULL DEFAULT '',
                detail text NOT NULL DEFAULT '',
                payload bytea,
                raw bytea NOT NULL,
                decoded jsonb,
                CONSTRAINT devices_uplink_once PRIMARY KEY (received_on, dedup_key),
                CONSTRAINT devices_uplink_status_known CHECK (status IN ('accepted', 'rejected', 'ignored')),
                CONSTRAINT devices_uplink_rejected_says_why CHECK ((status = 'accepted') = (reason = ''))
            ) PARTITION BY RANGE (received_on);
            ALTER SEQUENCE devices_uplink_id_seq OWNED BY devices_uplink.id;
            CREATE INDEX devices_uplink_by_id ON devices_uplink (id);
            CREATE INDEX devices_uplink_of_device ON devices_uplink (device_id, id) WHERE device_id IS NOT NULL;
            CREATE INDEX devices_uplink_rejected ON devices_uplink (id) WHERE status = 'rejected';
            """,
            reverse_sql="DROP TABLE devices_uplink",
        )
    ]
