-- Where devices were at some instants before they were moved.
SELECT w.device_id, w.at, a.entity_id
FROM unnest(%(devices)s::bigint[], %(instants)s::timestamptz[]) AS w(device_id, at)
JOIN devices_assignment a ON a.device_id = w.device_id AND w.at < a.until AND (a.since IS NULL OR w.at >= a.since)
