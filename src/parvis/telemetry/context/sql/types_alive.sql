-- How many things there are of each type. Expired things count no more.
SELECT kind_of_thing, count(*)
FROM context_entity AS e
CROSS JOIN LATERAL unnest(e.type || e.more_types) AS kind_of_thing
WHERE e.tenant_id = %(tenant)s AND (e.expires_at IS NULL OR e.expires_at > %(now)s)
  AND (%(types)s::text[] IS NULL OR kind_of_thing = ANY(%(types)s))
  AND (%(areas)s::text[] IS NULL OR e.area_code = ANY(%(areas)s))
  AND (%(organisations)s::bigint[] IS NULL OR e.organisation_id = ANY(%(organisations)s))
GROUP BY 1
ORDER BY 1
