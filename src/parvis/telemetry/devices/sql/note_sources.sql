-- To the minute, so that concurrent batches do not queue for one row.
UPDATE devices_source SET last_received_at = %(now)s
WHERE id = ANY(%(ids)s::bigint[]) AND (last_received_at IS NULL OR last_received_at < %(now)s - interval '1 minute')
