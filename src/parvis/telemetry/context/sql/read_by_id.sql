-- Whole things by their numbers, in that order: the columns of `store.rows.COLUMNS`.
SELECT id, urn, type, more_types, scopes, attributes::text, organisation_id, area_code, synthetic, source,
       created_at, modified_at, expires_at
FROM context_entity
WHERE id = ANY(%(ids)b::bigint[])
ORDER BY id
