-- What a replay found of messages already stored.
UPDATE devices_uplink AS u
SET replayed_at = %(now)s, sent_at = r.sent_at, device_id = r.device_id, eui = r.eui, event = r.event, status = r.status,
    reason = r.reason, detail = r.detail, f_port = r.f_port, f_cnt = r.f_cnt, payload = decode(r.payload, 'base64'),
    decoded = r.decoded, rssi = r.rssi, snr = r.snr, spreading_factor = r.spreading_factor, gateways = r.gateways,
    battery_percent = r.battery_percent
FROM json_to_recordset(%(rows)s::json) AS r(
    id bigint, sent_at timestamptz, device_id bigint, eui text, event text, status text, reason text, detail text,
    f_port smallint, f_cnt bigint, payload text, decoded jsonb, rssi float8, snr float8, spreading_factor smallint, gateways smallint,
    battery_percent float8
)
WHERE u.id = r.id
