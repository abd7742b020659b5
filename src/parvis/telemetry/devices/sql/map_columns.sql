-- The devices of the fleet map, column by column, written as JSON by the database: the web process copies bytes.
-- The inner query is that of the devices the reader may see; `health` is a position in the list given.
SELECT json_build_object(
    'id', coalesce(json_agg(id), '[]'),
    'lon', coalesce(json_agg(entity__longitude), '[]'),
    'lat', coalesce(json_agg(entity__latitude), '[]'),
    'health', coalesce(json_agg(array_position(%s::text[], health_code) - 1), '[]')
)::text
FROM ({devices}) AS devices
