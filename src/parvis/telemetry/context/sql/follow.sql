-- One row for each consumer and change it wants, and the wake-up of those who listen: they hear of it at the commit.
WITH queued AS (
    INSERT INTO context_change (consumer, change, attempts, not_before, error)
    SELECT consumer, change, 0, %(now)s, ''
    FROM unnest(%(consumers)s::text[], %(changes)s::jsonb[]) WITH ORDINALITY AS c(consumer, change, position)
    ORDER BY position
)
SELECT pg_notify('parvis_changes', payload) FROM unnest(%(payloads)s::text[]) AS payload
UNION ALL
SELECT pg_notify('parvis_queue', '') WHERE cardinality(%(consumers)s::text[]) > 0
