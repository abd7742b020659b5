-- The receiver has acknowledged these rows: they go, and the subscription counts one more notification.
WITH gone AS (
    DELETE FROM context_notification WHERE id = ANY(%(ids)s::bigint[])
)
UPDATE context_subscription
SET times_sent = times_sent + %(sent)s, last_notification = %(now)s, last_success = %(now)s,
    failures = 0, not_before = %(until)s
WHERE id = %(subscription)s
