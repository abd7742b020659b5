-- Messages as they came. One that is known already (same day and key) is left as it is: delivery again changes nothing.
INSERT INTO devices_uplink (
    received_on, received_at, source_id, dedup_key, raw,
    sent_at, device_id, eui, event, status, reason, detail, f_port, f_cnt, payload, decoded, rssi, snr, spreading_factor, gateways
)
SELECT * FROM unnest(
    %(received_on)b::date[], %(received_at)b::timestamptz[], %(source_id)b::bigint[], %(dedup_key)b::uuid[], %(raw)b::bytea[],
    %(sent_at)b::timestamptz[], %(device_id)b::bigint[], %(eui)b::text[], %(event)b::text[], %(status)b::text[],
    %(reason)b::text[], %(detail)b::text[], %(f_port)b::smallint[], %(f_cnt)b::bigint[], %(payload)b::bytea[],
    %(decoded)b::jsonb[], %(rssi)b::float8[], %(snr)b::float8[], %(spreading_factor)b::smallint[], %(gateways)b::smallint[]
)
ON CONFLICT (received_on, dedup_key) DO NOTHING
RETURNING received_on, dedup_key
