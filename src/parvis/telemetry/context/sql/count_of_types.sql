-- How many things are of any of these types, the first of theirs or another.
SELECT (SELECT count(*) FROM context_entity WHERE tenant_id = %s AND type = ANY(%s::text[]))
     + (SELECT count(*) FROM context_entity
        WHERE tenant_id = %s AND more_types <> '{}' AND more_types && %s::text[] AND NOT type = ANY(%s::text[]))
