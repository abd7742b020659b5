-- Notifications given up that nobody has replayed: the old ones, and of each subscription all but the latest so many.
DELETE FROM context_notification
WHERE id IN (
    SELECT id
    FROM (
        SELECT id, queued_at, row_number() OVER (PARTITION BY subscription_id ORDER BY id DESC) AS rank
        FROM context_notification
        WHERE dead
    ) AS given_up
    WHERE rank > %(most)s OR queued_at < %(before)s
)
