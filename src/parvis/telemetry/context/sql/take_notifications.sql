-- How a subscription stands, and the first rows it may be told now: at most so many, and after the first so many characters. The rows
-- come as one JSON array: one value to read, however many they are.
SELECT s.modified_at, s.is_active, s.expires_at, s.not_before, s.failures, n.fetched, n.packed
FROM context_subscription s
LEFT JOIN LATERAL (
    SELECT max(fetched) AS fetched,
           json_agg(json_build_object('id', id, 'attempts', attempts, 'urn', urn, 'content', content) ORDER BY id)::text AS packed
    FROM (
        SELECT id, urn, content, attempts,
               count(*) OVER () AS fetched,
               sum(octet_length(content)) OVER (ORDER BY id) - octet_length(content) AS size_before
        FROM (
            SELECT id, urn, content, attempts
            FROM context_notification
            WHERE subscription_id = s.id AND NOT dead
            ORDER BY id
            LIMIT %(rows)s
        ) AS first
    ) AS sized
    WHERE size_before < %(size)s
) AS n ON s.is_active
    AND (s.expires_at IS NULL OR s.expires_at > %(now)s)
    AND (s.not_before IS NULL OR s.not_before <= %(now)s)
WHERE s.id = %(subscription)s
