-- Those that may be replayed, for this transaction alone.
SELECT id FROM devices_uplink WHERE id = ANY(%(ids)s::bigint[]) AND status = 'rejected' ORDER BY id FOR UPDATE
