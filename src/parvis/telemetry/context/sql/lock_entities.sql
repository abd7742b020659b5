-- The things about to change, locked in the order of their ids so that two batches never wait for each other.
SELECT id, urn, type, attributes::text, longitude, latitude, area_code, state, bounds::text, more_types
FROM context_entity
WHERE id = ANY(%(ids)b::bigint[])
ORDER BY id
FOR UPDATE
