-- What is said of the numbers of each series, bucket by bucket: bounds are instants in order, a bucket is known by the place of its
-- start among them. `others`: observations that are no numbers, of which nothing is said here.
SELECT s.entity_id, s.attribute_id, o.*
FROM unnest(%(entities)s::bigint[], %(attributes)s::integer[]) AS s(entity_id, attribute_id)
CROSS JOIN LATERAL (
    SELECT width_bucket(o.observed_at, %(bounds)s::timestamptz[]) AS bucket,
           count(*) - count(o.value) AS others, count(o.value) AS "totalCount", count(DISTINCT o.value) AS "distinctCount",
           sum(o.value) AS sum, avg(o.value) AS avg, min(o.value) AS min, max(o.value) AS max,
           stddev_pop(o.value) AS stddev, sum(o.value * o.value) AS sumsq
    FROM history_observation o
    WHERE o.entity_id = s.entity_id AND o.attribute_id = s.attribute_id {interval} AND {kinds}
    GROUP BY 1
) AS o
ORDER BY 1, 2, 3
