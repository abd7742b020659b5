"""Histories for tests of the temporal API."""

from collections.abc import Sequence
from typing import Any

from parvis.telemetry.context.broker.testing import Told, ask

CAR = "urn:ngsi-ld:Car:1"


def at(minute: int, day: int = 1) -> str:
    return f"2026-11-{day:02}T12:{minute:02}:00Z"


def observed(value: Any, when: str, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": when} | more


def tell(urn: str = CAR, *, type: Any = "Car", status: int = 201, **attributes: Any) -> None:
    told = ask("POST", "/temporal/entities", {"id": urn, "type": type} | attributes)
    assert told.status == status, told


def speeds(count: int, first: int = 0) -> list[dict[str, Any]]:
    """A value a minute: 0, 1, 2…"""
    return [observed(number, at(number)) for number in range(first, first + count)]


def past(urn: str = CAR, **query: str) -> Told:
    return ask("GET", f"/temporal/entities/{urn}", query=query)


def query(**parameters: str) -> Told:
    return ask("GET", "/temporal/entities", query=parameters)


def values(instances: Sequence[dict[str, Any]]) -> list[Any]:
    return [one["value"] for one in instances]
