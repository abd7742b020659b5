"""What the packages say of types, attributes and units, as JSON that a statement looks into."""

import json
from typing import Any

from parvis.kernel.units import UNITS
from parvis.telemetry.context.attributes import VALUE_MEMBERS
from parvis.telemetry.context.jsonld.core import CORE_IRIS
from parvis.telemetry.context.presenting import in_words
from parvis.telemetry.context.states import entity_types
from parvis.telemetry.context.vocabulary import DEFAULT_VOCABULARY, declared
from parvis.telemetry.history.sensorthings.sqltext import Sql, value

UNIT_URI = "urn:un:unece:uncefact:codelist:standard:UNECE:MeasurementUnitCommonCode:"

VALUES = tuple(dict.fromkeys(VALUE_MEMBERS.values()))
"""The members of an attribute instance that may hold its value."""

DEFAULT_IRI = DEFAULT_VOCABULARY


def document(content: Any) -> Sql:
    return value(json.dumps(content, ensure_ascii=False), "jsonb")


def type_labels() -> Sql:
    """In the language of the request."""
    return document({name: str(kind.label) for name, kind in entity_types().items()})


def attribute_labels() -> Sql:
    labels: dict[str, str] = {}
    for kind in entity_types().values():
        for spec in kind.attributes:
            labels.setdefault(spec.name, str(spec.label) or in_words(spec.name))
    return document(labels)


def definitions() -> Sql:
    """IRIs of attributes by stored name; others are IRIs themselves, or of the default vocabulary."""
    return document({**CORE_IRIS, **{name: iris[0] for name, iris in declared().items()}})


def unit_codes() -> Sql:
    """The unit that a type declares for an attribute, for readings that tell none: `{type: {attribute: code}}`."""
    return document(
        {
            name: codes
            for name, kind in entity_types().items()
            if (codes := {spec.name: spec.unit_code for spec in kind.attributes if spec.unit_code})
        }
    )


def units() -> Sql:
    """`unitOfMeasurement` by code (UN/CEFACT Recommendation 20)."""
    return document(
        {
            code: {"name": str(unit.label), "symbol": unit.symbol or str(unit.label), "definition": UNIT_URI + code}
            for code, unit in UNITS.items()
        }
    )
