-- The next changes due to one consumer; rows another reactor is handling are passed over. They are gone only if this
-- transaction commits.
DELETE FROM context_change
WHERE id = ANY(ARRAY(
    SELECT id FROM context_change
    WHERE consumer = %(consumer)s AND not_before <= %(now)s
    ORDER BY not_before, id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
))
RETURNING id, change::text, attempts
