-- The values at a path of all the things it is asked of; the table of things is locked against writers.
INSERT INTO context_value
SELECT a.id, e.id, v.number, v.text
FROM context_asked_path AS a
JOIN context_entity AS e ON e.tenant_id = a.tenant_id AND (a.type = '' OR e.type = a.type OR e.more_types @> ARRAY[a.type])
CROSS JOIN LATERAL context_values_of(e.attributes, e.scopes, a.attribute, a.path::jsonpath, a.inside) AS v
WHERE a.id = %(asked)s
ORDER BY e.id
