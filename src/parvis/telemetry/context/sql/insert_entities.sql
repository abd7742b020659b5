-- New things. One that another transaction has just created is not in the answer: the caller meets it again as known.
INSERT INTO context_entity (
    tenant_id, urn, type, more_types, scopes, attributes, longitude, latitude, area_code, state, search, organisation_id, synthetic,
    source, created_at, modified_at, bounds
)
SELECT 0, urn, type, ARRAY[]::text[], ARRAY(SELECT jsonb_array_elements_text(scopes)), attributes, longitude, latitude, area_code,
       state, search, organisation_id, synthetic, source, %(now)s, %(now)s, bounds::box
FROM unnest(
    %(urn)b::text[], %(type)b::text[], %(scopes)b::jsonb[], %(attributes)b::jsonb[], %(longitude)b::float8[],
    %(latitude)b::float8[], %(area_code)b::text[], %(state)b::smallint[], %(search)b::text[], %(organisation_id)b::bigint[],
    %(synthetic)b::boolean[], %(source)b::text[], %(bounds)b::text[]
) AS d(
    urn, type, scopes, attributes, longitude, latitude, area_code, state, search, organisation_id, synthetic, source, bounds
)
ON CONFLICT (tenant_id, urn) DO NOTHING
RETURNING id, urn
