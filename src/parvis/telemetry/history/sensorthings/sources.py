"""From which rows the entities of a set are made, and on which condition a caller sees them."""

from dataclasses import dataclass, replace

from parvis.telemetry.context.models import CITY
from parvis.telemetry.history.sensorthings.identity import SEPARATOR, Key
from parvis.telemetry.history.sensorthings.model import Level
from parvis.telemetry.history.sensorthings.scope import Scope, personal
from parvis.telemetry.history.sensorthings.sqltext import Sql, every, joined, sql, value

_NO_OBSERVATION = "SELECT id FROM history_shape WHERE document::jsonb ?| ARRAY['deleted', 'erased', 'unobserved']"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Aliases of the tables that make an entity; empty for those it has no part in.

    `flat`: the alias of one table that has a column for each member of the key (`identity.Key`) instead.
    """

    entity: str = ""
    stream: str = ""
    observation: str = ""
    flat: str = ""

    @property
    def name(self) -> Sql:
        """Stored name of the attribute."""
        return self.column("name")

    @property
    def source(self) -> Sql:
        return self.column("source")

    def column(self, name: str) -> Sql:
        """A member of `identity.Key`, as this row tells it."""
        if self.flat:
            return Sql(f"{self.flat}.{name}")
        places = {
            "entity": f"{self.entity}.id",
            "attribute": f"a{self.stream}.id",
            "instant": f"{self.observation}.observed_at",
            "name": f"k{self.stream}.name",
            "source": f"{self.entity}.source",
        }
        return Sql(places[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Items of a FROM clause, each after what it leans on, and the conditions of its WHERE."""

    row: Row
    tables: tuple[Sql, ...] = ()
    conditions: tuple[Sql, ...] = ()

    @property
    def where(self) -> Sql:
        return every(self.conditions)

    @property
    def tail(self) -> Sql:
        return sql("FROM {} WHERE {}", joined(" CROSS JOIN ", self.tables), self.where)

    def narrowed(self, *conditions: Sql) -> "Source":
        return replace(self, conditions=(*self.conditions, *conditions))


def source_of(scope: Scope, level: Level, lines: Sql | None = None) -> Source:
    """All that the caller sees of a level. `lines` is the FROM item of a level without a table, named `listed`."""
    match level:
        case Level.ENTITY:
            return entities(scope)
        case Level.STREAM:
            return streams(scope, entities(scope))
        case Level.OBSERVATION:
            return observations(scope, streams(scope, entities(scope)))
    if lines is None:
        raise ValueError(f"{level} has no table")
    return Source(row=Row(flat="listed"), tables=(lines,))


def entities(scope: Scope) -> Source:
    alias = scope.alias("e")
    rights = scope.rights
    conditions = [
        Sql(f"{alias}.tenant_id = {CITY}"),
        sql(f"({alias}.expires_at IS NULL OR {alias}.expires_at > {{}})", value(scope.now, "timestamptz")),
    ]
    if rights.types is not None:
        types = value(sorted(rights.types), "text[]")
        conditions.append(sql(f"({alias}.type = ANY({{}}) OR {alias}.more_types && {{}})", types, types))
    if rights.areas is not None:
        conditions.append(sql(f"{alias}.area_code = ANY({{}})", value(sorted(rights.areas), "text[]")))
    if rights.organisations is not None:
        owners = value(sorted(rights.organisations), "bigint[]")
        conditions.append(sql(f"{alias}.organisation_id = ANY({{}})", owners))
    return Source(row=Row(entity=alias), tables=(Sql(f"context_entity {alias}"),), conditions=tuple(conditions))


def streams(scope: Scope, things: Source) -> Source:
    """The observed attributes of these things: Properties of a number, a text or a boolean, of which history knows the name."""
    entity, number = things.row.entity, scope.alias("")
    k, i, a = f"k{number}", f"i{number}", f"a{number}"
    tables = (
        Sql(f"LATERAL jsonb_each({entity}.attributes) AS {k}(name, value)"),
        Sql(
            f"LATERAL jsonb_array_elements(CASE jsonb_typeof({k}.value) WHEN 'array' THEN {k}.value"
            f" ELSE jsonb_build_array({k}.value) END) AS {i}(instance)"
        ),
        Sql(f"history_attribute {a}"),
    )
    conditions = [
        Sql(f"({k}.value ? 'observedAt' OR jsonb_typeof({k}.value) = 'array')"),  # before it is unfolded
        Sql(f"{a}.name = {k}.name AND {a}.dataset_id = coalesce({i}.instance ->> 'datasetId', '')"),
        Sql(f"{i}.instance ? 'observedAt' AND {i}.instance ->> 'type' = 'Property'"),
        Sql(f"jsonb_typeof({i}.instance -> 'value') IN ('number', 'string', 'boolean')"),
        *readable(scope, entity, Sql(f"{k}.name")),
    ]
    return Source(
        row=replace(things.row, stream=number),
        tables=(*things.tables, *tables),
        conditions=(*things.conditions, *conditions),
    )


def observations(scope: Scope, of_streams: Source, past: Sql | None = None) -> Source:
    """Rows of history, without the records of deletion and what has no time of observation.

    `past`: a FROM item named `past` that stands for them, with the columns of `history_observation` that say what was observed.
    """
    row, alias = of_streams.row, "past" if past else scope.alias("o")
    conditions = [Sql(f"{alias}.entity_id = {row.entity}.id AND {alias}.attribute_id = a{row.stream}.id")]
    if past is None:
        conditions.append(Sql(f"{alias}.shape_id NOT IN ({_NO_OBSERVATION})"))
    return Source(
        row=replace(row, observation=alias),
        tables=(*of_streams.tables, past or Sql(f"history_observation {alias}")),
        conditions=(*of_streams.conditions, *conditions),
    )


def readable(scope: Scope, entity: str, name: Sql) -> list[Sql]:
    """The conditions under which the caller may read an attribute of that name of a thing."""
    conditions = [
        sql(
            f"NOT ({{}} = {{}} AND ({entity}.type = ANY({{}}) OR {entity}.more_types && {{}}))",
            name,
            value(attribute, "text"),
            value(list(types), "text[]"),
            value(list(types), "text[]"),
        )
        for attribute, types in personal().items()
    ]
    if scope.rights.attributes is not None:
        conditions.append(sql("{} = ANY({})", name, value(sorted(scope.rights.attributes), "text[]")))
    return conditions


def located(scope: Scope, entity: str) -> Sql:
    """Whether the thing has a place the caller may know."""
    hidden = readable(scope, entity, value("location", "text"))
    return every([Sql(f"{entity}.longitude IS NOT NULL"), *hidden])


def is_key(row: Row, level: Level, key: Key) -> Sql:
    """Whether the row of that level is the one of this key."""
    match level:
        case Level.PROPERTY:
            return sql("{} = {}", code(row.name), value(key.code, "bigint"))
        case Level.SENSOR:
            return sql("{} = {}", code(sensor_text(row)), value(key.code, "bigint"))
    parts = [sql(f"{row.entity}.id = {{}}", value(key.entity, "bigint"))]
    if level is not Level.ENTITY:
        parts.append(sql(f"a{row.stream}.id = {{}}", value(key.attribute, "integer")))
    if level is Level.OBSERVATION:
        parts.append(sql(f"{row.observation}.observed_at = {{}}", value(key.instant, "timestamptz")))
    return every(parts)


def code(text: Sql) -> Sql:
    """As `identity.code_of`."""
    return sql("('x' || left(md5({}), 12))::bit(48)::bigint", text)


def sensor_text(row: Row) -> Sql:
    return sql("{} || {} || {}", row.name, value(SEPARATOR, "text"), row.source)


def linked(child: Row, level: Level, parent: str, parent_level: Level) -> list[Sql]:
    """The columns that both levels have are equal; `parent` is the alias of a table with a column for each member of a key."""
    shared = [name for name in level.value if name in parent_level.value and name != "instant"]
    return [sql(f"{{}} = {parent}.{name}", child.column(name)) for name in shared]
