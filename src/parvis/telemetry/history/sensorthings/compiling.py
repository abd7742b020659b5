"""An expression becomes SQL over the rows of the entities it is asked of. Nothing of its text gets into that of a statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from parvis.telemetry.history.sensorthings import comparing
from parvis.telemetry.history.sensorthings.functions import FUNCTIONS, Function
from parvis.telemetry.history.sensorthings.geography import NAMES, Geography
from parvis.telemetry.history.sensorthings.model import ID_NAMES, NAVIGATIONS, Kind, Level
from parvis.telemetry.history.sensorthings.problems import BadRequest
from parvis.telemetry.history.sensorthings.properties import identity, of_thing, property_of
from parvis.telemetry.history.sensorthings.scope import Scope
from parvis.telemetry.history.sensorthings.sources import Row, Source, entities, observations, streams
from parvis.telemetry.history.sensorthings.sqltext import Sql, every, joined, sql, value
from parvis.telemetry.history.sensorthings.syntax import (
    Binary,
    Call,
    Exists,
    Literal,
    Minus,
    Negated,
    Node,
    OneOf,
    Path,
)
from parvis.telemetry.history.sensorthings.values import Type, Value

MOST_HOPS = 12
"""Ways to many others in one expression: each is a join."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path begins."""

    kind: Kind
    row: Row


@dataclass(slots=True)
class Hops:
    """The ways to many others that one comparison takes: it holds when one of all these fulfils it."""

    sources: dict[tuple[Row, Kind], Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """`hops` None: ways to many others are refused."""

    here: Place
    variables: Mapping[str, Place] = field(default_factory=dict)
    hops: Hops | None = None


class Compiler:
    def __init__(self, scope: Scope, geography: Geography) -> None:
        self.scope = scope
        self.geography = geography
        self.hops = 0

    def condition(self, node: Node, kind: Kind, row: Row) -> Sql:
        """Raises `BadRequest`."""
        return self._condition(node, Around(here=Place(kind, row)))

    def order(self, node: Node, kind: Kind, row: Row, *, descending: bool) -> Sql:
        """Nothing comes first, as in OData. Raises `BadRequest`."""
        found = self._value(node, Around(here=Place(kind, row)))
        direction = "DESC" if descending else "ASC"
        if found.keys:
            return joined(", ", [sql(f"{{}} {direction}", key) for key in found.keys])
        if found.type in (Type.GEOMETRY, Type.NULL) or found.is_constant:
            raise BadRequest("that has no order")
        text = sql('{} COLLATE "C"', found.sql) if found.type is Type.TEXT else found.sql
        return sql(f"{{}} {direction} NULLS {'LAST' if descending else 'FIRST'}", text)

    def _condition(self, node: Node, around: Around) -> Sql:
        match node:
            case Binary("and" | "or" as operator, left, right):
                sign = operator.upper()
                return sql(f"({{}} {sign} {{}})", self._condition(left, around), self._condition(right, around))
            case Negated(operand):
                return sql("(({}) IS NOT TRUE)", self._condition(operand, around))
            case Exists(path, variable, predicate):
                return self._any(path, variable, predicate, around)
        hops = Hops()
        found = comparing.truth(self._value(node, replace(around, hops=hops)))
        return self._exists(hops, found) if hops.sources else found

    def _exists(self, hops: Hops, condition: Sql) -> Sql:
        tables = joined(" CROSS JOIN ", [table for source in hops.sources.values() for table in source.tables])
        conditions = [part for source in hops.sources.values() for part in source.conditions]
        return sql("EXISTS (SELECT FROM {} WHERE {})", tables, every([*conditions, condition]))

    def _any(self, path: Path, variable: str, predicate: Node, around: Around) -> Sql:
        hops = Hops()
        place, rest = self._walk(path, replace(around, hops=hops))
        if rest or not hops.sources:
            raise BadRequest("any() is asked of a set of entities")
        inside = replace(around, variables={**around.variables, variable: place}, hops=None)
        return self._exists(hops, self._condition(predicate, inside))

    def _value(self, node: Node, around: Around) -> Value:  # noqa: PLR0911 - one line a kind of node
        match node:
            case Literal(written):
                return comparing.constant(written)
            case Path():
                return self._path(node, around)
            case Call(name, arguments):
                return self._call(name, [self._value(argument, around) for argument in arguments])
            case Minus(operand):
                [number] = comparing.numbers("-", self._value(operand, around))
                return Value(type=Type.NUMBER, sql=sql("(- ({}))", number))
            case Binary(operator) if operator in comparing.SIGNS:
                return self._comparison(node, around)
            case Binary(operator, left, right) if operator not in ("and", "or"):
                return comparing.calculated(operator, self._value(left, around), self._value(right, around))
            case OneOf(item, choices):
                found = self._value(item, around)
                same = [comparing.compared("eq", found, self._value(choice, around)) for choice in choices]
                return Value(type=Type.BOOLEAN, sql=sql("({})", joined(" OR ", same)))
        return Value(type=Type.BOOLEAN, sql=sql("(({}) IS TRUE)", self._condition(node, around)))

    def _comparison(self, node: Binary, around: Around) -> Value:
        turned = comparing.TURNED[node.operator]
        for one, other, operator in ((node.left, node.right, node.operator), (node.right, node.left, turned)):
            match one, other:
                case Call("geo.distance", arguments), Literal(float(far)) if operator not in ("eq", "ne"):
                    places = [self._value(argument, around) for argument in arguments]
                    return self.geography.nearer(operator, places, far)
        left, right = self._value(node.left, around), self._value(node.right, around)
        return Value(type=Type.BOOLEAN, sql=comparing.compared(node.operator, left, right))

    def _call(self, name: str, arguments: list[Value]) -> Value:
        if name == "now" and not arguments:
            return Value(type=Type.INSTANT, sql=value(self.scope.now, "timestamptz"))
        if name in NAMES:
            return self.geography.call(name, arguments)
        for function in FUNCTIONS.get(name, ()):
            given = _given(function, arguments)
            if given is not None:
                return Value(type=function.gives, sql=_filled(function.template, given))
        if name in FUNCTIONS:
            kinds = " or ".join(", ".join(function.takes) or "nothing" for function in FUNCTIONS[name])
            raise BadRequest(f"{name} takes {kinds}")
        raise BadRequest(f"there is no function {name[:80]!r}")

    def _path(self, path: Path, around: Around) -> Value:
        place, rest = self._walk(path, around)
        if not rest:
            raise BadRequest(f"{'/'.join(path.steps)} is an entity: one of its properties is expected")
        name, inner = rest[0], rest[1:]
        if name in ID_NAMES and not inner:
            return identity(self.scope, place.kind, place.row)
        if place.kind is Kind.THING and name == "properties" and inner:
            found, inner = of_thing(self.scope, place.row, inner[0]), inner[1:]
        else:
            known = property_of(self.scope, place.kind, place.row, name)
            if known is None:
                raise BadRequest(f"{place.kind} have no property {name[:80]!r}")
            found = known
        if not inner:
            return found
        if found.type not in (Type.JSON, Type.GEOMETRY):
            raise BadRequest(f"{name} has no members")
        return Value(type=Type.JSON, sql=sql("({} #> {})", found.sql, value(list(inner), "text[]")))

    def _walk(self, path: Path, around: Around) -> tuple[Place, tuple[str, ...]]:
        """The entity the path leads to, and what is left of it."""
        steps, place = path.steps, around.here
        if steps[0] in around.variables:
            place, steps = around.variables[steps[0]], steps[1:]
        while steps and (navigation := NAVIGATIONS[place.kind].get(steps[0])):
            place, steps = Place(navigation.kind, self._hop(place, navigation.kind, around.hops)), steps[1:]
        return place, steps

    def _hop(self, place: Place, target: Kind, hops: Hops | None) -> Row:
        row = place.row
        match place.kind.level, target.level:
            case (Level.ENTITY, Level.STREAM | Level.OBSERVATION) | (Level.STREAM, Level.OBSERVATION):
                begin = Source(row=row)
            case (Level.PROPERTY | Level.SENSOR, Level.STREAM):
                begin = entities(self.scope)
            case _:
                return row  # the same rows tell of both
        if hops is None:
            raise BadRequest(f"there may be several {target} on that path")
        if (row, target) not in hops.sources:
            self.hops += 1
            if self.hops > MOST_HOPS:
                raise BadRequest(f"at most {MOST_HOPS} ways to many entities")
            hops.sources[row, target] = self._beyond(begin, place, target)
        return hops.sources[row, target].row

    def _beyond(self, begin: Source, place: Place, target: Kind) -> Source:
        found = begin if place.kind.level is Level.STREAM else streams(self.scope, begin)
        if target.level is Level.OBSERVATION:
            found = observations(self.scope, found)
        if place.kind.level in (Level.PROPERTY, Level.SENSOR):
            same = [sql("{} = {}", found.row.column(name), place.row.column(name)) for name in place.kind.level.value]
            return found.narrowed(*same)
        return found


def _given(function: Function, arguments: list[Value]) -> list[Sql] | None:
    """The arguments as the function takes them; None when it does not."""
    if len(arguments) != len(function.takes):
        return None
    given = [comparing.cast(argument, wanted) for argument, wanted in zip(arguments, function.takes, strict=True)]
    return None if any(one is None for one in given) else [one for one in given if one is not None]


def _filled(template: str, arguments: list[Sql]) -> Sql:
    """An argument may stand in the template more than once."""
    parts: list[Sql] = []
    while (at := template.find("{")) >= 0:
        parts += [Sql(template[:at]), arguments[int(template[at + 1])]]
        template = template[at + 3 :]
    return sql("({})", joined("", [*parts, Sql(template)]))
