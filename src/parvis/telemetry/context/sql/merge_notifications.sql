-- At the end of a throttling window: of the changes of one entity that wait, the last one tells them all.
DELETE FROM context_notification AS earlier
USING (
    SELECT urn, max(id) AS id
    FROM context_notification
    WHERE subscription_id = %(subscription)s AND NOT dead
    GROUP BY urn
) AS last
WHERE earlier.subscription_id = %(subscription)s AND NOT earlier.dead AND earlier.urn = last.urn AND earlier.id < last.id
