-- The receiver has not acknowledged these rows: they wait, and so does all that comes after them. A notification counts once.
WITH kept AS (
    UPDATE context_notification SET attempts = attempts + 1, error = %(error)s WHERE id = ANY(%(ids)s::bigint[])
)
UPDATE context_subscription
SET times_sent = times_sent + %(sent)s, times_failed = times_failed + %(sent)s,
    last_notification = %(now)s, last_failure = %(now)s,
    failures = least(failures + 1, 1000), not_before = %(until)s
WHERE id = %(subscription)s
RETURNING failures
