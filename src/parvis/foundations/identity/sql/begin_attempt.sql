-- Counts an attempt as failed unless the door is shut (then no row comes back). delays[n] = seconds of closing after the n-th.
INSERT INTO identity_attemptrecord AS attempt (account, address, failures, last_at, blocked_until)
VALUES (%(account)s, %(address)s, 1, %(now)s, %(now)s)
ON CONFLICT (account, address) DO UPDATE SET
    failures = CASE WHEN attempt.last_at < %(forgotten)s THEN 1 ELSE attempt.failures + 1 END,
    last_at = excluded.last_at,
    blocked_until = excluded.last_at + make_interval(secs => (%(delays)s::int[])[
        least(CASE WHEN attempt.last_at < %(forgotten)s THEN 1 ELSE attempt.failures + 1 END, cardinality(%(delays)s::int[]))
    ])
WHERE attempt.blocked_until <= %(now)s
RETURNING failures
