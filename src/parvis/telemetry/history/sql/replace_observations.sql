-- Of one attribute at one instant the broker knows one instance: the one written last. No key is twice in the rows.
INSERT INTO history_observation AS known (entity_id, attribute_id, shape_id, observed_at, written_at, value, document)
SELECT entity_id, attribute_id, shape_id, observed_at, %(now)s, value, document::jsonb
FROM json_to_recordset(%(rows)s::json) AS o(
    entity_id bigint, attribute_id integer, shape_id integer, observed_at timestamptz, value float8, document text
)
ON CONFLICT (entity_id, attribute_id, observed_at) DO UPDATE
SET shape_id = excluded.shape_id, written_at = excluded.written_at, value = excluded.value, document = excluded.document
WHERE (known.shape_id, known.value, known.document) IS DISTINCT FROM (excluded.shape_id, excluded.value, excluded.document)
