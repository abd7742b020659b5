"""From the fields a codec gives to the attributes of a thing: data that the city edits, kept with the device profile."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from parvis.kernel.errors import Refusal
from parvis.kernel.units import UNITS
from parvis.telemetry.context.attributes import is_attribute_name

Scalar = bool | int | float | str

_MOST_FIELDS = 100
_LONGEST_TEXT = 256
_DECIMALS = 6  # hides 21.400000000000002 without losing what any sensor measures


class MappingRefused(Refusal):
    """La table de correspondance est incorrecte."""

    code = "devices-mapping"
    message = _("La table de correspondance est incorrecte.")


def value_at(decoded: Mapping[str, Any], path: Sequence[str]) -> Any:
    """None when there is nothing at this path."""
    value: Any = decoded
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


@dataclass(frozen=True, kw_only=True)
class Battery:
    """Where decoded data tell of the battery: per cent, or volts when `empty_v` and `full_v` are known."""

    field: str
    empty_v: float | None = None
    full_v: float | None = None

    def percent(self, decoded: Mapping[str, Any]) -> float | None:
        """0 to 100; None when it is not told, or no percentage."""
        value = value_at(decoded, self.field.split("."))
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return None
        if self.empty_v is None or self.full_v is None:
            return float(value) if 0 <= value <= 100 else None
        return min(100.0, max(0.0, round(100 * (value - self.empty_v) / (self.full_v - self.empty_v), 1)))


@dataclass(frozen=True, kw_only=True)
class FieldMapping:
    """attribute = field × scale + offset; `field` is a path in the decoded data (`values.0.temperature`).

    `scale` and `offset` are for numbers only. `unit_code` is UN/CEFACT, of the result. A number below `minimum`, above `maximum`, or that changes
    faster than `max_change_per_h` from the latest one is doubtful: it is kept, and marked.
    """

    field: str
    attribute: str
    unit_code: str = ""
    scale: float = 1.0
    offset: float = 0.0
    minimum: float | None = None
    maximum: float | None = None
    max_change_per_h: float | None = None

    @cached_property
    def path(self) -> tuple[str, ...]:
        return tuple(self.field.split("."))

    def read(self, decoded: Mapping[str, Any]) -> Scalar | None:
        """None when the field is absent, null, or no simple value."""
        value = value_at(decoded, self.path)
        match value:
            case bool():
                return value
            case int() | float():
                if self.scale == 1.0 and self.offset == 0.0:
                    return value
                return round(value * self.scale + self.offset, _DECIMALS)
            case str():
                return value[:_LONGEST_TEXT]
            case _:
                return None

    def quality(self, value: Scalar) -> str:
        """Of a value by itself: empty when nothing is wrong with it."""
        if isinstance(value, bool | str):
            return ""
        if (self.minimum is not None and value < self.minimum) or (self.maximum is not None and value > self.maximum):
            return OUT_OF_RANGE
        return ""

    def quality_after(self, value: Scalar, *, previous: Any, elapsed: timedelta) -> str:
        """Of a value that comes so long after another one."""
        if self.max_change_per_h is None or isinstance(value, bool | str) or isinstance(previous, bool):
            return ""
        if not isinstance(previous, int | float) or elapsed <= timedelta(0):
            return ""
        change_per_h = abs(value - previous) / (elapsed / timedelta(hours=1))
        return TOO_FAST if change_per_h > self.max_change_per_h else ""


OUT_OF_RANGE = "outOfRange"
TOO_FAST = "changesTooFast"
"""What `resultQuality` tells of a doubtful value."""


def parse_mapping(rows: Any) -> tuple[FieldMapping, ...]:
    """The mapping as stored (a list of objects). Raises `MappingRefused`, which names the line."""
    if not isinstance(rows, Sequence) or isinstance(rows, str) or len(rows) > _MOST_FIELDS:
        raise MappingRefused(
            format_lazy(_("La table de correspondance est une liste de {most} lignes au plus."), most=str(_MOST_FIELDS))
        )
    mapping = tuple(_parse_row(row, number) for number, row in enumerate(rows, 1))
    attributes = [row.attribute for row in mapping]
    for number, attribute in enumerate(attributes, 1):
        if attributes.index(attribute) < number - 1:
            raise _refused(number, format_lazy(_("l’attribut « {attribute} » a déjà une ligne"), attribute=attribute))
    return mapping


def mapping_rows(mapping: Sequence[FieldMapping]) -> list[dict[str, Any]]:
    """The form in which a mapping is stored."""
    return [{name: value for name, value in asdict(row).items() if value is not None} for row in mapping]


def _parse_row(row: Any, number: int) -> FieldMapping:
    if not isinstance(row, Mapping):
        raise _refused(number, _("ce n’est pas une ligne de correspondance"))
    field, attribute = row.get("field"), row.get("attribute")
    if not isinstance(field, str) or not field or len(field) > 200 or "" in field.split("."):
        raise _refused(number, _("le champ décodé manque ou est mal formé"))
    if not isinstance(attribute, str) or len(attribute) > 100 or not is_attribute_name(attribute):
        raise _refused(number, _("le nom d’attribut n’est pas permis par NGSI-LD"))
    unit_code = row.get("unit_code") or ""
    if unit_code and unit_code not in UNITS:
        raise _refused(number, format_lazy(_("l’unité « {unit} » est inconnue"), unit=str(unit_code)[:20]))
    scale, offset = row.get("scale", 1.0), row.get("offset", 0.0)
    if not _is_finite(scale) or not _is_finite(offset) or scale == 0:
        raise _refused(number, _("l’échelle et le décalage sont des nombres, et l’échelle n’est pas nulle"))
    minimum, maximum, rate = (_limit(row.get(name), number) for name in ("minimum", "maximum", "max_change_per_h"))
    if minimum is not None and maximum is not None and minimum >= maximum:
        raise _refused(number, _("le minimum n’est pas inférieur au maximum"))
    if rate is not None and rate <= 0:
        raise _refused(number, _("la variation la plus forte par heure est un nombre positif"))
    return FieldMapping(
        field=field,
        attribute=attribute,
        unit_code=unit_code,
        scale=float(scale),
        offset=float(offset),
        minimum=minimum,
        maximum=maximum,
        max_change_per_h=rate,
    )


def _limit(value: Any, number: int) -> float | None:
    if value is None or value == "":
        return None
    if not _is_finite(value):
        raise _refused(number, _("le minimum, le maximum et la variation par heure sont des nombres"))
    return float(value)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _refused(number: int, why: Any) -> MappingRefused:
    return MappingRefused(format_lazy(_("Ligne {number} : {why}."), number=str(number), why=why))
