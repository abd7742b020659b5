"""From the fields a codec gives to the attributes of a thing: data that the city edits, kept with the device profile."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True, kw_only=True)
class FieldMapping:
    """attribute = field × scale + offset; `field` is a path in the decoded data (`values.0.temperature`).

    `scale` and `offset` are for numbers only. `unit_code` is UN/CEFACT, of the result.
    """

    field: str
    attribute: str
    unit_code: str = ""
    scale: float = 1.0
    offset: float = 0.0

    @cached_property
    def path(self) -> tuple[str, ...]:
        return tuple(self.field.split("."))

    def read(self, decoded: Mapping[str, Any]) -> Scalar | None:
        """None when the field is absent, null, or no simple value."""
        value: Any = decoded
        for step in self.path:
            if isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
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
    return [asdict(row) for row in mapping]


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
    return FieldMapping(field=field, attribute=attribute, unit_code=unit_code, scale=float(scale), offset=float(offset))


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _refused(number: int, why: Any) -> MappingRefused:
    return MappingRefused(format_lazy(_("Ligne {number} : {why}."), number=str(number), why=why))
