-- Which attributes the things of each type have, in which kinds, and how many things have them. Expired things count no more.
SELECT kind_of_thing, attribute.key, instance ->> 'type', count(DISTINCT e.id)
FROM context_entity AS e
CROSS JOIN LATERAL unnest(e.type || e.more_types) AS kind_of_thing
CROSS JOIN LATERAL jsonb_each(e.attributes) AS attribute
CROSS JOIN LATERAL jsonb_path_query(attribute.value, '$[*]') AS instance
WHERE e.tenant_id = %(tenant)s AND (e.expires_at IS NULL OR e.expires_at > %(now)s)
  AND (%(types)s::text[] IS NULL OR kind_of_thing = ANY(%(types)s))
  AND (%(areas)s::text[] IS NULL OR e.area_code = ANY(%(areas)s))
  AND (%(organisations)s::bigint[] IS NULL OR e.organisation_id = ANY(%(organisations)s))
  AND (%(attribute)s::text IS NULL OR attribute.key = %(attribute)s)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
