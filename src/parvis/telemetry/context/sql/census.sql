-- Which attributes the things of each type have, in which kinds, and how many instances there are. Expired things count no more.
-- Grouped before types are told apart: there are few groups, and many things.
SELECT kind_of_thing, key, kind, sum(instances)::bigint
FROM (
    SELECT e.type, e.more_types, attribute.key, instance.kind, count(*) AS instances
    FROM context_entity AS e
    CROSS JOIN LATERAL jsonb_each(e.attributes) AS attribute
    CROSS JOIN LATERAL (
        SELECT attribute.value ->> 'type' AS kind WHERE jsonb_typeof(attribute.value) = 'object'
        UNION ALL
        SELECT one ->> 'type'
        FROM jsonb_array_elements(CASE jsonb_typeof(attribute.value) WHEN 'array' THEN attribute.value ELSE '[]' END) AS one
    ) AS instance
    WHERE e.tenant_id = %(tenant)s AND (e.expires_at IS NULL OR e.expires_at > %(now)s)
      AND (%(types)s::text[] IS NULL OR e.type = ANY(%(types)s) OR (e.more_types <> '{}' AND e.more_types && %(types)s))
      AND (%(areas)s::text[] IS NULL OR e.area_code = ANY(%(areas)s))
      AND (%(organisations)s::bigint[] IS NULL OR e.organisation_id = ANY(%(organisations)s))
      AND (%(attribute)s::text IS NULL OR attribute.key = %(attribute)s)
    GROUP BY 1, 2, 3, 4
) AS grouped
CROSS JOIN LATERAL unnest(type || more_types) AS kind_of_thing
WHERE %(types)s::text[] IS NULL OR kind_of_thing = ANY(%(types)s)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
