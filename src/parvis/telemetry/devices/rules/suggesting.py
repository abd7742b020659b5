"""From what a maker calls its fields to the attributes of a kind of thing: what an agent would choose first, and corrects."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parvis.kernel.contributions import AttributeSpec
from parvis.telemetry.devices.mapping import Battery, FieldMapping, Scalar

_DEEPEST = 5
_MOST_FIELDS = 100
_MOST_ITEMS = 10

_NAMES = (
    (r"(air|ambient|outdoor|water|soil)?temp(erature)?c?\d?", "temperature"),
    (r"(air|relative)?hum(i|idity)?(rh)?\d?|rh", "relativeHumidity"),
    (r"pm(1|10)(0|p0)?(ugm3)?", "pm10"),
    (r"pm2p?5(ugm3)?", "pm25"),
    (r"(water)?(level|height|depth)(mm|cm|m)?", "currentLevel"),
    (r"fill(ing)?(level|rate|percent)?|level", "fillingLevel"),
    (r"(free|available|vacant)(spots?|spaces?|places?)?", "availableSpotNumber"),
    (r"(active)?power(w|consumption)?", "powerConsumption"),
    (r"dim(ming)?(level)?|brightness", "illuminanceLevel"),
)
"""What makers write, without case and punctuation, for attributes of the Smart Data Models that have another name."""

_BATTERY = re.compile(r"bat(t|tery)?(level|voltage|volts?|mv|v|percent|percentage|pct)?|v(olt)?bat(tery)?|bv")
_FRACTIONS = frozenset({"relativeHumidity", "fillingLevel", "illuminanceLevel"})
"""From 0 to 1 in the Smart Data Models, per cent in most sensors."""

_LITHIUM_V = (3.0, 3.6)
"""A lithium thionyl chloride cell, that of most sensors, when it is empty and when it is new."""


@dataclass(frozen=True, kw_only=True)
class DecodedField:
    """A simple value of decoded data, and its path as `FieldMapping.field` writes it."""

    path: str
    value: Scalar


def fields_of(decoded: Mapping[str, Any]) -> list[DecodedField]:
    """In the order of the codec; a name with a dot cannot be a path, and is left out."""
    found = []
    for field in _fields(decoded, ()):
        found.append(field)
        if len(found) == _MOST_FIELDS:
            break
    return found


def _fields(value: Any, path: tuple[str, ...]) -> Iterator[DecodedField]:
    if isinstance(value, bool | int | float | str):
        if path:
            yield DecodedField(path=".".join(path), value=value)
    elif len(path) < _DEEPEST:
        inside = list(value.items()) if isinstance(value, Mapping) else []
        if isinstance(value, list):
            inside = [(str(number), item) for number, item in enumerate(value[:_MOST_ITEMS])]
        for name, item in inside:
            if name and "." not in name:
                yield from _fields(item, (*path, name))


def suggest(field: DecodedField, attributes: Sequence[AttributeSpec]) -> FieldMapping | None:
    """The line of a mapping for this field; None when no attribute of the kind of thing looks like it."""
    name = _plain(field.path.rpartition(".")[2])
    for spec in attributes:
        if spec.kind == "Property" and _plain(spec.name) == name:
            return _line(field, spec)
    for pattern, attribute in _NAMES:
        known = next((one for one in attributes if one.name == attribute), None)
        if known is not None and re.fullmatch(pattern, name):
            return _line(field, known)
    return None


def suggest_mapping(fields: Sequence[DecodedField], attributes: Sequence[AttributeSpec]) -> tuple[FieldMapping, ...]:
    """Each attribute once, by the first field that looks like it; in the order of the attributes."""
    lines: dict[str, FieldMapping] = {}
    for field in fields:
        line = suggest(field, attributes)
        if line is not None and not _is_battery(field):
            lines.setdefault(line.attribute, line)
    return tuple(lines[spec.name] for spec in attributes if spec.name in lines)


def suggest_battery(fields: Sequence[DecodedField]) -> Battery | None:
    """The first that looks like one; a value under 5 is volts, over 1000 millivolts."""
    for field in fields:
        if _is_battery(field) and isinstance(field.value, int | float) and not isinstance(field.value, bool):
            empty_v, full_v = _LITHIUM_V
            if field.value > 1000:
                return Battery(field=field.path, empty_v=empty_v * 1000, full_v=full_v * 1000)
            if 1 < field.value < 5:
                return Battery(field=field.path, empty_v=empty_v, full_v=full_v)
            return Battery(field=field.path)
    return None


def _line(field: DecodedField, spec: AttributeSpec) -> FieldMapping:
    if spec.name not in _FRACTIONS:
        return FieldMapping(field=field.path, attribute=spec.name, unit_code=spec.unit_code)
    is_per_cent = isinstance(field.value, int | float) and field.value > 1
    return FieldMapping(
        field=field.path,
        attribute=spec.name,
        unit_code=spec.unit_code,
        scale=0.01 if is_per_cent else 1.0,
        minimum=0.0,
        maximum=1.0,
    )


def _is_battery(field: DecodedField) -> bool:
    return _BATTERY.fullmatch(_plain(field.path.rpartition(".")[2])) is not None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
