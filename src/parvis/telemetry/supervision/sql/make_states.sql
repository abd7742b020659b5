-- In the order of their key, so that two batches that make the same states wait for each other and never for ever.
INSERT INTO supervision_rulestate (rule_id, entity_id, phase)
SELECT rule_id, entity_id, 'normal'
FROM unnest(%(rule_id)s::bigint[], %(entity_id)s::bigint[]) AS pair (rule_id, entity_id)
ORDER BY rule_id, entity_id
ON CONFLICT (rule_id, entity_id) DO NOTHING
