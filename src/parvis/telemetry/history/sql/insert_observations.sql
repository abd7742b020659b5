-- A reading that is known already (same thing, attribute and instant) is left as it is: redelivery changes nothing.
INSERT INTO history_observation (entity_id, attribute_id, observed_at, value, value_json)
SELECT * FROM unnest(
    %(entities)b::bigint[], %(attributes)b::integer[], %(instants)b::timestamptz[], %(values)b::float8[], %(documents)b::jsonb[]
)
ON CONFLICT DO NOTHING
