"""Fragments, things and operations for tests of the NGSI-LD model; no database."""

from datetime import UTC, datetime
from typing import Any

from parvis.telemetry.context.broker.problems import BadRequestData
from parvis.telemetry.context.jsonld.context import CORE, Context
from parvis.telemetry.context.jsonld.definitions import terms_of
from parvis.telemetry.context.ngsild.operations import Create
from parvis.telemetry.context.ngsild.reading import Mode, read_entity
from parvis.telemetry.context.store.values import Effect, Fragment, Stored

BORN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BORN_TEXT = "2026-01-01T00:00:00Z"
NOW_TEXT = "2026-06-01T12:00:00Z"
URN = "urn:ngsi-ld:Thing:1"
NULL = "urn:ngsi-ld:null"
NULL_MAP = {"@none": NULL}
ONE = "urn:ngsi-ld:Dataset:1"
TWO = "urn:ngsi-ld:Dataset:2"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"


def no_loading(url: str) -> Any:
    raise AssertionError(url)


USER = Context(
    link="https://example.org/context.jsonld",
    value="https://example.org/context.jsonld",
    terms=terms_of(
        {
            "ex": "https://example.org/ns#",
            "alpha": "ex:alpha",
            "Thing": "ex:Thing",
            "good": "ex:good",
            "Owner": "ex:Owner",
            "Property": "https://evil.example/Property",
        },
        no_loading,
    ),
)


def document(**attributes: Any) -> dict[str, Any]:
    return {"id": URN, "type": "Thing", **attributes}


def fragment(mode: Mode = Mode.CREATE, *, context: Context = CORE, **attributes: Any) -> Fragment:
    return read_entity(document(**attributes), context, mode=mode)


def stored_alpha(given: Any, mode: Mode = Mode.CREATE, context: Context = CORE) -> Any:
    """The instances of the attribute `alpha` so written; one alone stands for itself."""
    found = fragment(mode, context=context, alpha=given).attributes[context.name("alpha")]
    return found[0] if len(found) == 1 else found


def refusal(given: Any, mode: Mode = Mode.CREATE, **more: Any) -> str:
    """Why `alpha` cannot be so written; empty when it can."""
    try:
        fragment(mode, alpha=given, **more)
    except BadRequestData as error:
        assert error.detail != error.title
        return error.detail
    return ""


def thing(*, context: Context = CORE, **attributes: Any) -> Stored:
    """Created at BORN."""
    written = fragment(context=context, **attributes)
    after = Create(urn=URN, fragment=written).apply(None, BORN).after
    assert after is not None
    return after


def kept(effect: Effect) -> Stored:
    assert effect.after is not None
    return effect.after


def bare(attribute: Any) -> Any:
    """An attribute in stored form without its system attributes."""
    if isinstance(attribute, list):
        return [bare(one) for one in attribute]
    if isinstance(attribute, dict):
        return {key: bare(value) for key, value in attribute.items() if key not in ("createdAt", "modifiedAt")}
    return attribute


def touched(effect: Effect) -> list[tuple[str, str, bool, bool]]:
    """Of each instance changed: attribute, dataset, whether it was there, whether it is."""
    return [(one.attribute, one.dataset_id, one.before is not None, one.after is not None) for one in effect.instances]


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


POINT = {"type": "Point", "coordinates": [3.06, 50.63]}
