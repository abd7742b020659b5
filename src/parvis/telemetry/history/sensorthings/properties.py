"""The properties of each kind of entity (OGC 18-088, 8.2), as SQL over the rows it is made of."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from parvis.telemetry.history.sensorthings import words
from parvis.telemetry.history.sensorthings.identity import ATTRIBUTES, key_of
from parvis.telemetry.history.sensorthings.model import LOCATED, Kind, Level
from parvis.telemetry.history.sensorthings.scope import Scope
from parvis.telemetry.history.sensorthings.sources import Row, code, is_key, located, readable, sensor_text
from parvis.telemetry.history.sensorthings.sqltext import Sql, every, joined, sql, value
from parvis.telemetry.history.sensorthings.values import Type, Value

GEOJSON = "application/geo+json"
_MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_"

Property: TypeAlias = Callable[[Scope, Row], Value]


def identity(scope: Scope, kind: Kind, row: Row) -> Value:
    """What `@iot.id` holds."""

    def identifies(written: str | float) -> Sql:
        key = key_of(kind, written)
        return Sql("false") if key is None else is_key(row, kind.level, key)

    keys = tuple(row.column(name) for name in kind.level.order)
    match kind.level:
        case Level.ENTITY:
            number = row.column("entity")
        case Level.STREAM:
            number = sql(f"({{}} * {ATTRIBUTES}::bigint + {{}})", row.column("entity"), row.column("attribute"))
        case Level.OBSERVATION:
            text = sql(
                f"(({{}} * {ATTRIBUTES}::bigint + {{}}) || '_' || (extract(epoch FROM {{}}) * 1000000)::bigint)",
                row.column("entity"),
                row.column("attribute"),
                row.column("instant"),
            )
            return Value(type=Type.TEXT, sql=text, identifies=identifies, keys=keys)
        case Level.PROPERTY:
            number = code(row.name)
        case Level.SENSOR:
            number = code(sensor_text(row))
    return Value(type=Type.NUMBER, sql=number, identifies=identifies, keys=keys)


def attribute(scope: Scope, row: Row, name: str) -> Sql:
    """The default instance of an attribute of the thing; NULL when it has none or the caller may not read it."""
    stored = sql(f"{row.entity}.attributes -> {{}}", value(name, "text"))
    instance = sql("CASE jsonb_typeof({}) WHEN 'array' THEN {} -> 0 ELSE {} END", stored, stored, stored)
    allowed = readable(scope, row.entity, value(name, "text"))
    return sql("(CASE WHEN {} THEN {} END)", every(allowed), instance) if allowed else sql("({})", instance)


def simplified(instance: Sql) -> Sql:
    """The value of an instance, whatever it is made of; jsonb."""
    return sql("coalesce({})", joined(", ", [sql(f"{{}} -> '{member}'", instance) for member in words.VALUES]))


def text_of(instance: Sql) -> Sql:
    """As `context.attributes.text_of`."""
    return sql(
        "coalesce(CASE jsonb_typeof({} -> 'value') WHEN 'string' THEN {} ->> 'value' END,"
        " {} -> 'languageMap' ->> 'fr', {} -> 'languageMap' ->> '@none')",
        *[instance] * 4,
    )


def of_thing(scope: Scope, row: Row, name: str) -> Value:
    """`properties/<name>`: something told of the thing itself, else an attribute; jsonb."""
    told = {
        "urn": f"to_jsonb({row.entity}.urn)",
        "type": f"to_jsonb({row.entity}.type)",
        "commune": f"to_jsonb(nullif({row.entity}.area_code, ''))",
        "synthetic": f"to_jsonb({row.entity}.synthetic)",
    }
    if name in told:
        return Value(type=Type.JSON, sql=Sql(told[name]))
    return Value(type=Type.JSON, sql=simplified(attribute(scope, row, name)))


def _thing_name(scope: Scope, row: Row) -> Sql:
    local = Sql(f"nullif(split_part({row.entity}.urn, ':', -1), '')")
    return sql(f"coalesce(nullif({{}}, ''), {{}}, {row.entity}.urn)", text_of(attribute(scope, row, "name")), local)


def _thing_description(scope: Scope, row: Row) -> Sql:
    return sql(
        f"coalesce(nullif({{}}, ''), {{}} ->> {row.entity}.type, {row.entity}.type)",
        text_of(attribute(scope, row, "description")),
        words.type_labels(),
    )


def _thing_properties(scope: Scope, row: Row) -> Sql:
    """What is told of the thing, and its attributes that are not observed: those are Datastreams."""
    members = {name: of_thing(scope, row, name).sql for name in ("urn", "type", "commune", "synthetic")}
    told = joined(", ", [sql(f"'{name}', {{}}", member) for name, member in members.items()])
    instance = Sql("(CASE jsonb_typeof(p.value) WHEN 'array' THEN p.value -> 0 ELSE p.value END)")
    conditions = [
        Sql("p.key NOT IN ('name', 'description', 'location')"),
        sql("NOT coalesce({} ? 'observedAt', false)", instance),
        *readable(scope, row.entity, Sql("p.key")),
    ]
    return sql(
        "(jsonb_strip_nulls(jsonb_build_object({})) || coalesce((SELECT jsonb_object_agg(p.key, {})"
        " FROM jsonb_each({}) AS p WHERE {}), jsonb_build_object()))",
        told,
        simplified(instance),
        Sql(f"{row.entity}.attributes"),
        every(conditions),
    )


def geometry(scope: Scope, row: Row) -> Sql:
    """GeoJSON of the place, EPSG:4326; NULL without one."""
    return sql("({} -> 'value')", attribute(scope, row, "location"))


def _text(build: Callable[[Scope, Row], Sql]) -> Property:
    return lambda scope, row: Value(type=Type.TEXT, sql=build(scope, row))


def _json(build: Callable[[Scope, Row], Sql]) -> Property:
    return lambda scope, row: Value(type=Type.JSON, sql=build(scope, row))


def _fixed(text: str) -> Property:
    return _text(lambda scope, row: value(text, "text"))


def _place(scope: Scope, row: Row) -> Value:
    return Value(type=Type.GEOMETRY, sql=geometry(scope, row), entity=row.entity)


def _feature(scope: Scope, row: Row) -> Value:
    """A Feature without a geometry, for a thing of which no place is known: the member is mandatory."""
    nowhere = words.document({"type": "Feature", "geometry": None, "properties": {}})
    return Value(type=Type.GEOMETRY, sql=sql("coalesce({}, {})", geometry(scope, row), nowhere), entity=row.entity)


def _since(scope: Scope, row: Row) -> Value:
    """Since when the thing is known to be where it is."""
    place = attribute(scope, row, "location")
    instant = sql(
        f"coalesce(({{}} ->> 'observedAt')::timestamptz, ({{}} ->> 'modifiedAt')::timestamptz, {row.entity}.created_at)",
        place,
        place,
    )
    return Value(type=Type.INSTANT, sql=instant)


def _instance(row: Row) -> str:
    return f"i{row.stream}.instance"


def _stream_name(scope: Scope, row: Row) -> Sql:
    dataset = Sql(f"coalesce(' (' || ({_instance(row)} ->> 'datasetId') || ')', '')")
    return sql("({} || ' – ' || {} || {})", _thing_name(scope, row), row.name, dataset)


def _label(scope: Scope, row: Row) -> Sql:
    return sql("coalesce({} ->> {}, {})", words.attribute_labels(), row.name, row.name)


def _observation_type(scope: Scope, row: Row) -> Sql:
    return Sql(
        f"(CASE jsonb_typeof({_instance(row)} -> 'value') WHEN 'number' THEN '{_MEASUREMENT}Measurement'"
        f" WHEN 'boolean' THEN '{_MEASUREMENT}TruthObservation' ELSE '{_MEASUREMENT}Observation' END)"
    )


def _unit(scope: Scope, row: Row) -> Sql:
    """All members null for what has no unit, as the standard wants (8.2.4)."""
    found = sql(
        f"coalesce(nullif({_instance(row)} ->> 'unitCode', ''), {{}} -> {row.entity}.type ->> {{}})",
        words.unit_codes(),
        row.name,
    )
    unknown = sql("jsonb_build_object('name', {}, 'symbol', {}, 'definition', NULL)", found, found)
    return sql("coalesce({} -> {}, {})", words.units(), found, unknown)


_END = "(SELECT {}(h.observed_at) FROM history_observation h WHERE h.entity_id = {} AND h.attribute_id = {})"


def _observed(scope: Scope, row: Row) -> Value:
    """From the oldest observation to the newest: two looks into the key of history."""
    of_stream = (row.column("entity"), row.column("attribute"))
    start, end = (sql(_END, Sql(function), *of_stream) for function in ("min", "max"))
    return Value(type=Type.PERIOD, sql=start, end=end)


def _stream_properties(scope: Scope, row: Row) -> Sql:
    return sql(
        f"jsonb_strip_nulls(jsonb_build_object('thing', {row.entity}.urn, 'attribute', {{}},"
        f" 'datasetId', {_instance(row)} ->> 'datasetId'))",
        row.name,
    )


def _instant(scope: Scope, row: Row) -> Value:
    return Value(type=Type.INSTANT, sql=row.column("instant"), keys=(row.column("instant"),))


def _result(scope: Scope, row: Row) -> Value:
    alias = row.observation
    number = Sql(
        f"(CASE WHEN {alias}.document IS NULL OR NOT {alias}.document ? 'value' THEN {alias}.value"
        f" WHEN jsonb_typeof({alias}.document -> 'value') = 'number' THEN ({alias}.document ->> 'value')::float8 END)"
    )
    return Value(
        type=Type.JSON, sql=Sql(f"coalesce({alias}.document -> 'value', to_jsonb({alias}.value))"), number=number
    )


def _definition(scope: Scope, row: Row) -> Sql:
    other = sql(
        "CASE WHEN strpos({}, ':') > 0 THEN {} ELSE {} || {} END",
        row.name,
        row.name,
        value(words.DEFAULT_IRI, "text"),
        row.name,
    )
    return sql("coalesce({} ->> {}, {})", words.definitions(), row.name, other)


def _sensor_name(scope: Scope, row: Row) -> Sql:
    return sql("concat_ws(' – ', nullif({}, ''), {})", row.source, row.name)


def _commune(scope: Scope, row: Row) -> Sql:
    return Sql(f"jsonb_strip_nulls(jsonb_build_object('commune', nullif({row.entity}.area_code, '')))")


_LOCATION: dict[str, Property] = {
    "name": _text(_thing_name),
    "description": _text(_thing_description),
    "encodingType": _fixed(GEOJSON),
}

PROPERTIES: Mapping[Kind, Mapping[str, Property]] = MappingProxyType(
    {
        Kind.THING: {
            "name": _text(_thing_name),
            "description": _text(_thing_description),
            "properties": _json(_thing_properties),
        },
        Kind.LOCATION: {**_LOCATION, "location": _place, "properties": _json(_commune)},
        Kind.HISTORICAL_LOCATION: {"time": _since},
        Kind.DATASTREAM: {
            "name": _text(_stream_name),
            "description": _text(_label),
            "observationType": _text(_observation_type),
            "unitOfMeasurement": _json(_unit),
            "observedArea": _place,
            "phenomenonTime": _observed,
            "resultTime": _observed,
            "properties": _json(_stream_properties),
        },
        Kind.SENSOR: {
            "name": _text(_sensor_name),
            "description": _text(_label),
            "encodingType": _fixed("text/html"),
            "metadata": _text(_definition),
        },
        Kind.OBSERVED_PROPERTY: {
            "name": _text(lambda scope, row: row.name),
            "definition": _text(_definition),
            "description": _text(_label),
        },
        Kind.OBSERVATION: {"phenomenonTime": _instant, "resultTime": _instant, "result": _result},
        Kind.FEATURE_OF_INTEREST: {**_LOCATION, "feature": _feature, "properties": _json(_commune)},
    }
)


def property_of(scope: Scope, kind: Kind, row: Row, name: str) -> Value | None:
    """None: such entities have no property of that name. A thing without a place has no Location to have one."""
    build = PROPERTIES[kind].get(name)
    if build is None:
        return None
    found = build(scope, row)
    if kind not in LOCATED or found.type is Type.GEOMETRY:
        return found
    there = sql("(CASE WHEN {} THEN {} END)", located(scope, row.entity), found.sql)
    return Value(type=found.type, sql=there)
