-- A reading that is known already (same thing, attribute and instant) is left as it is: redelivery changes nothing.
INSERT INTO history_observation (entity_id, attribute_id, shape_id, observed_at, written_at, value, document)
SELECT entity_id, attribute_id, shape_id, observed_at, %(now)b, value, document
FROM unnest(
    %(entities)b::bigint[], %(attributes)b::integer[], %(shapes)b::integer[], %(instants)b::timestamptz[],
    %(values)b::float8[], %(documents)b::jsonb[]
) AS o(entity_id, attribute_id, shape_id, observed_at, value, document)
ON CONFLICT DO NOTHING
