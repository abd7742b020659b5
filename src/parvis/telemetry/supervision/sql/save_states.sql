-- The states of one batch, already locked by the caller, in one statement.
UPDATE supervision_rulestate AS state
SET phase = new.phase, observed_at = new.observed_at, due_at = new.due_at, value = new.value::jsonb
FROM unnest(%(id)s::bigint[], %(phase)s::text[], %(observed_at)s::timestamptz[], %(due_at)s::timestamptz[], %(value)s::text[])
    AS new (id, phase, observed_at, due_at, value)
WHERE state.id = new.id
