-- A reading that is known already (same thing, attribute and instant) is left as it is: redelivery changes nothing.
INSERT INTO history_observation (entity_id, attribute_id, shape_id, observed_at, written_at, value, document)
SELECT entity_id, attribute_id, shape_id, observed_at, %(now)s, value, document::jsonb
FROM json_to_recordset(%(rows)s::json) AS o(
    entity_id bigint, attribute_id integer, shape_id integer, observed_at timestamptz, value float8, document text
)
ON CONFLICT DO NOTHING
