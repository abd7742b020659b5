-- New state of things already locked, the queue of each consumer, and the wake-up of those who listen: one round trip.
-- `||` keeps the attributes that another statement may have added; the listeners hear of it only at the commit.
WITH reading AS (
    SELECT * FROM json_to_recordset(%(things)s::json) AS r(
        id bigint, patch jsonb, state smallint, longitude float8, latitude float8, area_code text, bounds text
    )
), written AS (
    UPDATE context_entity AS e
    SET attributes = e.attributes || r.patch, state = r.state, longitude = r.longitude, latitude = r.latitude,
        area_code = r.area_code, modified_at = %(now)s, bounds = r.bounds::box
    FROM reading r
    WHERE e.id = r.id
), queued AS (
    INSERT INTO context_change (consumer, change, attempts, not_before, error)
    SELECT consumer, change, 0, %(now)s, ''
    FROM unnest(%(consumers)b::text[], %(changes)b::jsonb[]) WITH ORDINALITY AS c(consumer, change, position)
    ORDER BY position
)
SELECT pg_notify('parvis_changes', payload) FROM unnest(%(payloads)s::text[]) AS payload
UNION ALL
SELECT pg_notify('parvis_queue', '') WHERE cardinality(%(consumers)b::text[]) > 0
