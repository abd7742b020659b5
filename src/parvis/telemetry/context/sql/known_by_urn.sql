-- The things of an inventory that are known already, in the order of their ids: the one in which every writer locks them.
SELECT urn, type, scopes, attributes::text AS attributes, longitude, latitude, area_code, state, search, organisation_id, synthetic, source,
       bounds::text AS bounds, more_types
FROM context_entity
WHERE tenant_id = 0 AND urn = ANY(%(urns)b::text[])
ORDER BY id
