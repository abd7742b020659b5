-- How many things of a type there are, counted up to a number. An empty type is any.
SELECT count(*) FROM (
    SELECT FROM context_entity WHERE tenant_id = %s AND (%s = '' OR type = %s) LIMIT %s
) AS counted
