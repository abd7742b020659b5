-- Types of which there is a thing: jumps from one to the next in the index instead of reading every thing.
WITH RECURSIVE jump(type) AS (
    (SELECT type FROM context_entity WHERE tenant_id = 0 ORDER BY type LIMIT 1)
    UNION ALL
    SELECT (SELECT e.type FROM context_entity e WHERE e.tenant_id = 0 AND e.type > jump.type ORDER BY e.type LIMIT 1)
    FROM jump WHERE jump.type IS NOT NULL
)
SELECT type FROM jump WHERE type IS NOT NULL ORDER BY type
