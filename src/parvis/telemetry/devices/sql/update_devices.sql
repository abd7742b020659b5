-- Devices that were heard. A session never goes back: two batches of one device may be committed in the other order.
UPDATE devices_device AS d
SET last_seen_at = greatest(d.last_seen_at, n.seen_at),
    rssi = CASE WHEN d.last_seen_at > n.seen_at THEN d.rssi ELSE coalesce(n.rssi, d.rssi) END,
    snr = CASE WHEN d.last_seen_at > n.seen_at THEN d.snr ELSE coalesce(n.snr, d.snr) END,
    spreading_factor = CASE WHEN d.last_seen_at > n.seen_at THEN d.spreading_factor ELSE coalesce(n.spreading_factor, d.spreading_factor) END,
    gateway = CASE WHEN d.last_seen_at > n.seen_at THEN d.gateway ELSE coalesce(n.gateway, d.gateway) END,
    battery_percent = coalesce(n.battery_percent, d.battery_percent),
    (session, session_started_at, f_cnt, f_cnt_at) = (
        SELECT CASE WHEN moves THEN n.session ELSE d.session END,
               CASE WHEN moves THEN n.session_started_at ELSE d.session_started_at END,
               CASE WHEN moves THEN n.f_cnt ELSE d.f_cnt END,
               CASE WHEN moves THEN n.f_cnt_at ELSE d.f_cnt_at END
        FROM (SELECT n.session > d.session
                  OR (n.session = d.session AND (d.f_cnt_at IS NULL OR n.f_cnt_at >= d.f_cnt_at)) AS moves) AS compared
    )
FROM json_to_recordset(%(rows)s::json) AS n(
    id bigint, seen_at timestamptz, rssi float8, snr float8, spreading_factor smallint, battery_percent float8, gateway text,
    session integer, session_started_at timestamptz, f_cnt bigint, f_cnt_at timestamptz
)
WHERE d.id = n.id
