-- Things already locked by the same transaction: their whole row may be written.
UPDATE context_entity AS e
SET type = d.type, more_types = d.more_types, scopes = d.scopes, attributes = d.attributes, source = d.source,
    organisation_id = d.organisation_id, created_at = d.created_at,
    modified_at = d.modified_at, expires_at = d.expires_at, longitude = d.longitude, latitude = d.latitude,
    area_code = d.area_code, state = d.state, search = d.search, bounds = d.bounds::box
FROM json_to_recordset(%(rows)s::json) AS d(
    id bigint, type text, more_types text[], scopes text[], attributes jsonb, source text, organisation_id bigint,
    created_at timestamptz, modified_at timestamptz, expires_at timestamptz, longitude float8, latitude float8, area_code text,
    state smallint, search text, bounds text
)
WHERE e.id = d.id
