-- One more in the period under way, or the first of a new one.
INSERT INTO identity_ratecount AS rate (key, started_at, count)
VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN rate.started_at <= %(fresh)s THEN 1 ELSE rate.count + 1 END,
    started_at = CASE WHEN rate.started_at <= %(fresh)s THEN excluded.started_at ELSE rate.started_at END
RETURNING count
