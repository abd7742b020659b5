-- Periodic subscriptions whose time has come: whoever sets their next time sends. Times that were missed are not made up for.
UPDATE context_subscription AS s
SET next_at = greatest(
    s.next_at + make_interval(secs => (s.document ->> 'timeInterval')::float8),
    %(now)s::timestamptz + make_interval(secs => (s.document ->> 'timeInterval')::float8 / 2)
)
FROM (
    SELECT id FROM context_subscription
    WHERE next_at <= %(now)s AND is_active AND (expires_at IS NULL OR expires_at > %(now)s)
    ORDER BY next_at
    LIMIT 100
    FOR UPDATE SKIP LOCKED
) AS due
WHERE s.id = due.id
RETURNING s.id
