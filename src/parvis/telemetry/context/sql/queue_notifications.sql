-- One row for each subscription and change, in the order of the changes, and the wake-up of the notifiers at the commit.
WITH change AS (
    SELECT urn, content, position
    FROM unnest(%(urns)b::text[], %(contents)b::text[]) WITH ORDINALITY AS c(urn, content, position)
), queued AS (
    INSERT INTO context_notification (subscription_id, urn, content, queued_at, attempts, dead, error)
    SELECT t.subscription_id, change.urn, change.content, %(now)s, 0, false, ''
    FROM unnest(%(subscriptions)b::bigint[], %(positions)b::bigint[]) WITH ORDINALITY AS t(subscription_id, position, rank)
    JOIN change USING (position)
    ORDER BY t.rank
)
SELECT pg_notify('parvis_notifications', payload) FROM unnest(%(payloads)s::text[]) AS payload
