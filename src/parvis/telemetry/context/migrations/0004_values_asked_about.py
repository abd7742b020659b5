"""Values that queries ask about are kept in order beside the documents (ADR 0015): nothing is kept, and writes cost nothing, before."""

import django.contrib.postgres.fields
from django.db import migrations, models

_TABLE = """
-- The ids near a place, from the index alone.
DROP INDEX context_entity_bounds;
CREATE INDEX context_entity_bounds ON context_entity USING gist (bounds) INCLUDE (id, tenant_id);

CREATE TABLE context_value (
    asked_id bigint NOT NULL,
    entity_id bigint NOT NULL,
    number float8,
    text text COLLATE "C"
) WITH (fillfactor = 80);
CREATE INDEX context_value_by_entity ON context_value (asked_id, entity_id) INCLUDE (number);
CREATE INDEX context_value_by_number ON context_value (asked_id, number, entity_id) WHERE number IS NOT NULL;
CREATE INDEX context_value_by_text ON context_value (asked_id, text, entity_id) WHERE text IS NOT NULL;

-- The scalars at a path of a document, one row each: of every instance, every element of an array. A row without either
-- for what is there and is no scalar. Texts are cut, truth values are marked by a character that texts do not begin with.
CREATE FUNCTION context_values(attributes jsonb, path jsonpath, inside text[]) RETURNS TABLE (number float8, text text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1 AS $$
    SELECT CASE WHEN jsonb_typeof(scalar) = 'number' AND abs(scalar::numeric) < 1e300 THEN scalar::float8 END,
           CASE jsonb_typeof(scalar) WHEN 'string' THEN left(scalar #>> '{}', 200)
                                     WHEN 'boolean' THEN E'\\x01' || (scalar #>> '{}') END
    FROM jsonb_path_query(attributes, path) AS instance
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN jsonb_typeof(instance) <> 'object' THEN instance
            WHEN instance ? 'languageMap' THEN
                (SELECT jsonb_path_query_array(jsonb_agg(texts), '$[*][*]')
                 FROM jsonb_each(instance -> 'languageMap') AS told(language, texts)
                 WHERE inside = '{*}' OR (cardinality(inside) = 1 AND lower(language) = lower(inside[1])))
            ELSE coalesce(instance -> 'value', instance -> 'object', instance -> 'vocab', instance -> 'valueList',
                          instance -> 'objectList', instance -> 'json') #> inside
        END AS found
    ) AS value
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(found) WHEN 'array' THEN CASE found WHEN '[]' THEN '[null]' ELSE found END
                                 ELSE jsonb_build_array(found) END
    ) AS element
    CROSS JOIN LATERAL (
        SELECT CASE WHEN jsonb_typeof(element) <> 'object' THEN element
                    WHEN jsonb_typeof(instance) = 'object' AND instance ? 'objectList' THEN element -> 'object'
                    ELSE element -> '@value' END AS scalar
    ) AS bare
$$;

-- `scope` is asked about like an attribute.
CREATE FUNCTION context_values_of(attributes jsonb, scopes text[], attribute text, path jsonpath, inside text[])
RETURNS TABLE (number float8, text text) LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1 AS $$
    SELECT v.number, v.text FROM context_values(
        CASE attribute WHEN 'scope' THEN jsonb_build_object('scope', jsonb_build_object('value', to_jsonb(scopes)))
                       ELSE attributes END, path, inside) AS v
    WHERE attribute <> 'scope' OR scopes <> '{}'
$$;

CREATE FUNCTION context_keep_values() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE context_value;
        RETURN NULL;
    END IF;
    -- Whoever begins to keep values waits for the writers before, and those after wait: none is missed (`query.asked`).
    PERFORM pg_advisory_xact_lock_shared(7406391288);
    IF NOT EXISTS (SELECT FROM context_asked_path) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO context_value
        SELECT a.id, n.id, v.number, v.text
        FROM newer AS n
        JOIN context_asked_path AS a ON a.tenant_id = n.tenant_id AND (a.type = '' OR a.type = ANY(n.type || n.more_types))
        CROSS JOIN LATERAL context_values_of(n.attributes, n.scopes, a.attribute, a.path::jsonpath, a.inside) AS v;
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM context_value AS v
        USING older AS o, context_asked_path AS a
        WHERE a.tenant_id = o.tenant_id AND v.asked_id = a.id AND v.entity_id = o.id;
    ELSE
        WITH changed AS MATERIALIZED (
            SELECT a.id AS asked_id, a.attribute, a.path, a.inside, n.id, n.attributes, n.scopes,
                   a.type = '' OR a.type = ANY(n.type || n.more_types) AS is_kept
            FROM newer AS n
            JOIN older AS o ON o.id = n.id
            JOIN context_asked_path AS a ON a.tenant_id = n.tenant_id
                AND (a.type = '' OR a.type = ANY(n.type || n.more_types) OR a.type = ANY(o.type || o.more_types))
            WHERE n.attributes -> a.attribute IS DISTINCT FROM o.attributes -> a.attribute
               OR n.type <> o.type OR n.more_types <> o.more_types OR (a.attribute = 'scope' AND n.scopes <> o.scopes)
        ), gone AS (
            DELETE FROM context_value AS v USING changed AS c WHERE v.asked_id = c.asked_id AND v.entity_id = c.id
        )
        INSERT INTO context_value
        SELECT c.asked_id, c.id, v.number, v.text
        FROM changed AS c
        CROSS JOIN LATERAL context_values_of(c.attributes, c.scopes, c.attribute, c.path::jsonpath, c.inside) AS v
        WHERE c.is_kept;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER context_entity_values_inserted AFTER INSERT ON context_entity
    REFERENCING NEW TABLE AS newer FOR EACH STATEMENT EXECUTE FUNCTION context_keep_values();
CREATE TRIGGER context_entity_values_updated AFTER UPDATE ON context_entity
    REFERENCING NEW TABLE AS newer OLD TABLE AS older FOR EACH STATEMENT EXECUTE FUNCTION context_keep_values();
CREATE TRIGGER context_entity_values_deleted AFTER DELETE ON context_entity
    REFERENCING OLD TABLE AS older FOR EACH STATEMENT EXECUTE FUNCTION context_keep_values();
CREATE TRIGGER context_entity_values_truncated AFTER TRUNCATE ON context_entity
    FOR EACH STATEMENT EXECUTE FUNCTION context_keep_values();
"""

_NO_TABLE = """
DROP INDEX context_entity_bounds;
CREATE INDEX context_entity_bounds ON context_entity USING gist (bounds);
-- The ids near a place, from the index alone.
DROP INDEX context_entity_bounds;
CREATE INDEX context_entity_bounds ON context_entity USING gist (bounds) INCLUDE (id, tenant_id);

DROP TRIGGER context_entity_values_inserted ON context_entity;
DROP TRIGGER context_entity_values_updated ON context_entity;
DROP TRIGGER context_entity_values_deleted ON context_entity;
DROP TRIGGER context_entity_values_truncated ON context_entity;
DROP FUNCTION context_keep_values();
DROP FUNCTION context_values_of(jsonb, text[], text, jsonpath, text[]);
DROP FUNCTION context_values(jsonb, jsonpath, text[]);
DROP TABLE context_value;
"""


class Migration(migrations.Migration):
    dependencies = [("context", "0003_whole_broker")]

    operations = [
        migrations.CreateModel(
            name="AskedPath",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tenant_id", models.IntegerField(default=0)),
                ("type", models.TextField(blank=True, default="", verbose_name="type")),
                ("attribute", models.TextField(verbose_name="attribut")),
                ("path", models.TextField()),
                (
                    "inside",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), blank=True, default=list, size=None
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="dernière question")),
            ],
            options={
                "verbose_name": "valeur recherchée",
                "verbose_name_plural": "valeurs recherchées",
                "db_table": "context_asked_path",
                "ordering": ["id"],
            },
        ),
        migrations.AddConstraint(
            model_name="askedpath",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "type", "path", "inside"), name="context_asked_path_once"
            ),
        ),
        migrations.RunSQL(sql=_TABLE, reverse_sql=_NO_TABLE),
    ]
