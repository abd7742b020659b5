-- Those that may be replayed, for this transaction alone: what was rejected, and what is to be read again.
SELECT id FROM devices_uplink
WHERE id = ANY(%(ids)s::bigint[]) AND (status = 'rejected' OR (status = 'accepted' AND id = ANY(%(read_again)s::bigint[])))
ORDER BY id
FOR UPDATE
