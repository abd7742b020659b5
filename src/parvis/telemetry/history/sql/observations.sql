-- The first (or last) observations of each series in an interval: a range of the key of each table concerned, in its order.
SELECT s.entity_id, s.attribute_id, o.shape_id, o.observed_at, o.written_at, o.value, o.document, o.at
FROM unnest(%(entities)s::bigint[], %(attributes)s::integer[]) AS s(entity_id, attribute_id)
CROSS JOIN LATERAL (
    SELECT o.shape_id, o.observed_at, o.written_at, o.value, o.document::text AS document, {at} AS at
    FROM history_observation o
    WHERE o.entity_id = s.entity_id AND o.attribute_id = s.attribute_id {interval} AND {kinds}
    ORDER BY {at} {order}, o.observed_at {order}
    LIMIT %(most)s
) AS o
