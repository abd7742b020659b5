-- What another process is already looking at is left to it.
SELECT id, rule_id, entity_id, phase, observed_at, due_at, value::text
FROM supervision_rulestate
WHERE due_at <= %(now)s
ORDER BY due_at, id
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED
