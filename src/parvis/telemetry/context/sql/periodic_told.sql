-- A periodic notification was sent, or not: the next one comes at its time in either case.
UPDATE context_subscription
SET times_sent = times_sent + 1, last_notification = %(now)s,
    times_failed = times_failed + CASE WHEN %(failed)s THEN 1 ELSE 0 END,
    last_failure = CASE WHEN %(failed)s THEN %(now)s ELSE last_failure END,
    last_success = CASE WHEN %(failed)s THEN last_success ELSE %(now)s END
WHERE id = %(subscription)s
