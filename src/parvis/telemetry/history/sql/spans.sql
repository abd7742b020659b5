-- Which attributes of one thing have numbers in a span of time.
SELECT a.name, count(*), min(o.observed_at), max(o.observed_at)
FROM history_observation o JOIN history_attribute a ON a.id = o.attribute_id
WHERE o.entity_id = %(entity)s AND o.observed_at >= %(start)s AND o.observed_at < %(end)s AND o.value IS NOT NULL
GROUP BY a.name
ORDER BY a.name
