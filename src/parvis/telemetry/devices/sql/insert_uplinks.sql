-- Messages as they came. One that is known already (same day and key) is left as it is: delivery again changes nothing.
INSERT INTO devices_uplink (
    received_on, received_at, source_id, dedup_key, raw,
    sent_at, device_id, eui, event, status, reason, detail, f_port, f_cnt, payload, decoded, rssi, snr, spreading_factor, gateways,
    battery_percent
)
SELECT received_on, received_at, source_id, dedup_key, decode(raw, 'base64'),
       sent_at, device_id, eui, event, status, reason, detail, f_port, f_cnt, decode(payload, 'base64'), decoded,
       rssi, snr, spreading_factor, gateways, battery_percent
FROM json_to_recordset(%(rows)s::json) AS r(
    received_on date, received_at timestamptz, source_id bigint, dedup_key uuid, raw text,
    sent_at timestamptz, device_id bigint, eui text, event text, status text, reason text, detail text,
    f_port smallint, f_cnt bigint, payload text, decoded jsonb, rssi float8, snr float8, spreading_factor smallint, gateways smallint,
    battery_percent float8
)
ON CONFLICT (received_on, dedup_key) DO NOTHING
RETURNING received_on, dedup_key
