-- In one snapshot: the files that may hold lines of these things in this span of time, and the orders that hide some of them.
SELECT
    (
        SELECT array_agg(f.path ORDER BY f.first_day, f.id)
        FROM history_lakefile f
        WHERE f.retired_at IS NULL AND f.min_entity <= %(high)s AND f.max_entity >= %(low)s
            AND CASE WHEN %(when_written)s THEN
                (%(start)s::timestamptz IS NULL OR f.max_written >= %(start)s)
                AND (%(end)s::timestamptz IS NULL OR f.min_written < %(end)s)
            ELSE
                (%(start)s::timestamptz IS NULL OR f.max_observed >= %(start)s)
                AND (%(end)s::timestamptz IS NULL OR f.min_observed < %(end)s)
            END
    ),
    (
        SELECT jsonb_agg(jsonb_build_array(g.entity_id, g.attribute_id, (extract(epoch FROM g.forgotten_at) * 1000000)::bigint))
        FROM history_forgotten g
        WHERE g.entity_id IS NULL OR g.entity_id = ANY(%(entities)s)
    )
