-- The numbers (null for what is none, or is erased) of one attribute of one thing over a span of time: a range of the primary key in each day concerned.
SELECT o.observed_at, o.value
FROM history_observation o
WHERE o.entity_id = %(entity)s
  AND o.attribute_id = %(attribute)s
  AND o.observed_at >= %(start)s AND o.observed_at < %(end)s
ORDER BY o.observed_at
LIMIT %(limit)s
