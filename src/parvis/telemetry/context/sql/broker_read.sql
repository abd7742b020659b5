-- Things by their names, as the broker reads them.
SELECT id, urn, type, more_types, scopes, attributes::text, organisation_id, area_code, synthetic, source,
       created_at, modified_at, expires_at
FROM context_entity
WHERE tenant_id = %(tenant)s AND urn = ANY(%(urns)b::text[])
ORDER BY id
