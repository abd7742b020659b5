-- What a replay found of messages already stored.
UPDATE devices_uplink AS u
SET replayed_at = %(now)s, sent_at = v.sent_at, device_id = v.device_id, eui = v.eui, event = v.event, status = v.status,
    reason = v.reason, detail = v.detail, f_port = v.f_port, f_cnt = v.f_cnt, payload = v.payload, decoded = v.decoded,
    rssi = v.rssi, snr = v.snr, spreading_factor = v.spreading_factor, gateways = v.gateways
FROM unnest(
    %(ids)b::bigint[], %(sent_at)b::timestamptz[], %(device_id)b::bigint[], %(eui)b::text[], %(event)b::text[], %(status)b::text[],
    %(reason)b::text[], %(detail)b::text[], %(f_port)b::smallint[], %(f_cnt)b::bigint[], %(payload)b::bytea[],
    %(decoded)b::jsonb[], %(rssi)b::float8[], %(snr)b::float8[], %(spreading_factor)b::smallint[], %(gateways)b::smallint[]
) AS v(id, sent_at, device_id, eui, event, status, reason, detail, f_port, f_cnt, payload, decoded, rssi, snr, spreading_factor, gateways)
WHERE u.id = v.id
