-- The things of a map, column by column, written as JSON by the database: the web process copies bytes.
-- The inner query is that of the things the reader may see; `type` is a position in the list given.
SELECT json_build_object(
    'id', coalesce(json_agg(id), '[]'),
    'urn', coalesce(json_agg(urn), '[]'),
    'lon', coalesce(json_agg(longitude), '[]'),
    'lat', coalesce(json_agg(latitude), '[]'),
    'type', coalesce(json_agg(array_position(%s::text[], type) - 1), '[]'),
    'state', coalesce(json_agg(state), '[]'),
    'commune', coalesce(json_agg(area_code), '[]')
)::text
FROM ({things}) AS things
