-- The subscriptions with something in their queue: one step of the index each, however long the queues are.
WITH RECURSIVE waiting AS (
    (SELECT subscription_id FROM context_notification WHERE NOT dead ORDER BY subscription_id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT n.subscription_id FROM context_notification n
        WHERE n.subscription_id > w.subscription_id AND NOT n.dead
        ORDER BY n.subscription_id LIMIT 1
    )
    FROM waiting w WHERE w.subscription_id IS NOT NULL
)
SELECT subscription_id FROM waiting WHERE subscription_id IS NOT NULL
