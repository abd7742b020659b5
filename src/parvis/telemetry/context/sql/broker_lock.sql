-- The rows a write is about to change, in the order of their ids: the one in which every writer locks them.
SELECT id, urn, type, more_types, scopes, attributes::text, organisation_id, area_code, synthetic, source,
       created_at, modified_at, expires_at, longitude, latitude, state, search, bounds::text
FROM context_entity
WHERE tenant_id = %(tenant)s AND urn = ANY(%(urns)b::text[])
ORDER BY id
FOR UPDATE
