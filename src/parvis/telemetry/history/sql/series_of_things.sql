-- Which attributes of these things have history: from one to the next by the key, without reading what lies between.
WITH RECURSIVE series AS (
    SELECT entity_id, 0 AS attribute_id FROM unnest(%(entities)s::bigint[]) AS e(entity_id)
    UNION ALL
    SELECT s.entity_id, (
        SELECT min(o.attribute_id) FROM history_observation o
        WHERE o.entity_id = s.entity_id AND o.attribute_id > s.attribute_id {interval}
    )
    FROM series s WHERE s.attribute_id IS NOT NULL
)
SELECT entity_id, attribute_id FROM series WHERE attribute_id > 0
