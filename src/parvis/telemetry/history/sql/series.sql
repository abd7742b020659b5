-- The numbers of one attribute of one thing over a span of time: a range of the primary key in each day concerned.
SELECT o.observed_at, o.value
FROM history_observation o
WHERE o.entity_id = %(entity)s
  AND o.attribute_id = (SELECT id FROM history_attribute WHERE name = %(attribute)s AND dataset_id = '')
  AND o.observed_at >= %(start)s AND o.observed_at < %(end)s
  AND o.value IS NOT NULL
ORDER BY o.observed_at
LIMIT %(limit)s
