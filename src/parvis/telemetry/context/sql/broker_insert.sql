-- New things; one whose URN another transaction has just taken is not in the answer, and is met again as known.
INSERT INTO context_entity (
    id, tenant_id, urn, type, more_types, scopes, attributes, organisation_id, synthetic, source, created_at, modified_at,
    expires_at, longitude, latitude, area_code, state, search, bounds
)
SELECT coalesce(id, nextval(pg_get_serial_sequence('context_entity', 'id'))), %(tenant)s, urn, type, more_types, scopes, attributes,
       organisation_id, synthetic, source, created_at, modified_at, expires_at, longitude, latitude, area_code, state, search,
       bounds::box
FROM json_to_recordset(%(rows)s::json) AS d(
    id bigint, urn text, type text, more_types text[], scopes text[], attributes jsonb, organisation_id bigint, synthetic boolean,
    source text, created_at timestamptz, modified_at timestamptz, expires_at timestamptz, longitude float8, latitude float8,
    area_code text, state smallint, search text, bounds text
)
ON CONFLICT DO NOTHING
RETURNING id, urn
