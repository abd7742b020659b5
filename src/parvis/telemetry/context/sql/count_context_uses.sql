-- Uses of @contexts counted in memory since the last time. Rows are locked in the order of their ids: several processes do this.
WITH locked AS (
    SELECT id FROM context_jsonldcontext WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR UPDATE
)
UPDATE context_jsonldcontext AS held
SET hits = held.hits + counted.uses,
    used_at = greatest(held.used_at, counted.used_at)
FROM locked
JOIN unnest(%(ids)s::bigint[], %(uses)s::bigint[], %(used_at)s::timestamptz[]) AS counted (id, uses, used_at) USING (id)
WHERE held.id = locked.id
