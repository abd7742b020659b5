-- How many things there are of each type. Expired things count no more. Grouped before types are told apart: there are few groups.
SELECT kind_of_thing, sum(things)::bigint
FROM (
    SELECT e.type, e.more_types, count(*) AS things
    FROM context_entity AS e
    WHERE e.tenant_id = %(tenant)s AND (e.expires_at IS NULL OR e.expires_at > %(now)s)
      AND (%(types)s::text[] IS NULL OR e.type = ANY(%(types)s) OR (e.more_types <> '{}' AND e.more_types && %(types)s))
      AND (%(areas)s::text[] IS NULL OR e.area_code = ANY(%(areas)s))
      AND (%(organisations)s::bigint[] IS NULL OR e.organisation_id = ANY(%(organisations)s))
    GROUP BY 1, 2
) AS grouped
CROSS JOIN LATERAL unnest(type || more_types) AS kind_of_thing
WHERE %(types)s::text[] IS NULL OR kind_of_thing = ANY(%(types)s)
GROUP BY 1
ORDER BY 1
