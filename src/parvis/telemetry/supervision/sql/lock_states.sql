SELECT state.id, state.rule_id, state.entity_id, state.phase, state.observed_at, state.due_at, state.value::text
FROM supervision_rulestate AS state
JOIN unnest(%(rule_id)s::bigint[], %(entity_id)s::bigint[]) AS pair (rule_id, entity_id) USING (rule_id, entity_id)
ORDER BY state.rule_id, state.entity_id
FOR UPDATE OF state
