-- Which of these things have any observation in an interval.
SELECT e.entity_id
FROM unnest(%(entities)s::bigint[]) AS e(entity_id)
WHERE EXISTS (
    SELECT FROM history_observation o WHERE o.entity_id = e.entity_id {interval} AND {kinds}
)
