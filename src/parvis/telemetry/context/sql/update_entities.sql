-- Known things that an inventory changes; they are locked, so their whole document may be written.
UPDATE context_entity AS e
SET type = d.type, scopes = ARRAY(SELECT jsonb_array_elements_text(d.scopes)), attributes = d.attributes,
    longitude = d.longitude, latitude = d.latitude, area_code = d.area_code, state = d.state, search = d.search,
    organisation_id = d.organisation_id, synthetic = d.synthetic, source = d.source, modified_at = %(now)s,
    bounds = d.bounds::box
FROM unnest(
    %(urn)b::text[], %(type)b::text[], %(scopes)b::jsonb[], %(attributes)b::jsonb[], %(longitude)b::float8[],
    %(latitude)b::float8[], %(area_code)b::text[], %(state)b::smallint[], %(search)b::text[], %(organisation_id)b::bigint[],
    %(synthetic)b::boolean[], %(source)b::text[], %(bounds)b::text[]
) AS d(
    urn, type, scopes, attributes, longitude, latitude, area_code, state, search, organisation_id, synthetic, source, bounds
)
WHERE e.tenant_id = 0 AND e.urn = d.urn
RETURNING e.id, e.urn
