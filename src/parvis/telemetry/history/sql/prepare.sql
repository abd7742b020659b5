-- What a batch needs before it is written: the number of each attribute's name, and which of its days have no table yet.
SELECT a.name, a.id FROM history_attribute a WHERE a.name = ANY(%(names)s::text[])
UNION ALL
SELECT missing, NULL FROM unnest(%(tables)s::text[]) AS missing WHERE to_regclass(missing) IS NULL
