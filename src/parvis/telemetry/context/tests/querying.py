"""Things and names for tests of the query language; no database."""

from datetime import UTC, datetime
from typing import Any

from parvis.telemetry.context.store.values import Stored

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class PlainNames:
    """An @context in which every term is its own name; `ex` is a prefix."""

    def expand(self, term: str) -> str:
        return "https://example.org/" + term.removeprefix("ex:") if ":" not in term or term.startswith("ex:") else term

    def name(self, term: str) -> str:
        return term

    def expand_value(self, text: str) -> str:
        return "https://example.org/" + text


def thing(urn: str = "urn:ngsi-ld:Thing:1", *, types: str = "Thing", scopes: str = "", **attributes: Any) -> Stored:
    """Attributes are instances, lists of instances, or plain values of Properties."""
    return Stored(
        urn=urn,
        types=types.split(),
        scopes=scopes.split(),
        attributes={name: _attribute(value) for name, value in attributes.items()},
        created_at=NOW,
        modified_at=NOW,
    )


def _attribute(value: Any) -> Any:
    is_instance = isinstance(value, dict) and "type" in value and "coordinates" not in value
    is_list = isinstance(value, list) and value and all(isinstance(one, dict) and "type" in one for one in value)
    return value if is_instance or is_list else {"type": "Property", "value": value}


def of(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def to(uri: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Relationship", "object": uri, **more}


def at(longitude: float, latitude: float) -> dict[str, Any]:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, latitude]}}
