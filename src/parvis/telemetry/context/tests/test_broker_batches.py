"""Batches: each thing has its own fate, told in one answer (ETSI GS CIM 009 V1.8.1, 5.6.7 to 5.6.10, 5.6.20, 6.14 to 6.17, 6.31)."""

from typing import Any

import pytest

from parvis.telemetry.context.broker.problems import ERRORS
from parvis.telemetry.context.broker.testing import Told, ask

A, B = "urn:ngsi-ld:Lamp:a", "urn:ngsi-ld:Lamp:b"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"


def lamp(urn: str, **attributes: Any) -> dict[str, Any]:
    return {"id": urn, "type": "Lamp"} | attributes


def batch(operation: str, *items: Any, **query: str) -> Told:
    return ask("POST", f"/entityOperations/{operation}", list(items), query=query)


def fates(told: Told) -> tuple[list[str], dict[str, tuple[int, str]]]:
    """What succeeded, and why the rest did not."""
    assert told.status == 207, told
    return told.json["success"], {
        one["entityId"]: (one["error"]["status"], one["error"]["type"].removeprefix(ERRORS))
        for one in told.json["errors"]
    }


def test_what_may_not_be_overwritten_is_told_as_being_there() -> None:
    batch("create", lamp(A, power=1), lamp(B, height=2))

    told = batch("update", lamp(A, power=5, height=3), lamp(B, power=5), options="noOverwrite")

    assert fates(told) == ([B], {A: (409, "AlreadyExists")})
    assert told.json["errors"][0]["error"]["detail"] == "not overwritten: power"
    assert ask("GET", f"/entities/{A}", query={"options": "keyValues"}).json == lamp(A, power=1, height=3)
    assert ask("GET", f"/entities/{B}", query={"options": "keyValues"}).json == lamp(B, power=5, height=2)


def test_several_of_one_id_are_taken_in_their_order() -> None:
    assert fates(batch("create", lamp(A, power=1), lamp(A, power=2))) == ([A], {A: (409, "AlreadyExists")})
    upserted = batch("upsert", lamp(A, power=3), lamp(B, power=1), lamp(B, power=2))
    assert (upserted.status, upserted.json) == (201, [B])
    assert ask("GET", f"/entities/{B}", query={"options": "keyValues"}).json["power"] == 2
    assert batch("upsert", lamp(A, power=4)).status == 204
    assert fates(batch("delete", A, A)) == ([A], {A: (404, "ResourceNotFound")})


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge"])
def test_the_context_is_that_of_each(operation: str) -> None:
    """JSON-LD without one, JSON with one."""
    for item, content in (
        (lamp(A, power=1), "application/ld+json"),
        (lamp(A, power=1) | {"@context": []}, "application/json"),
    ):
        told = ask("POST", f"/entityOperations/{operation}", [item], content=content)
        assert fates(told) == ([], {A: (400, "BadRequestData")})


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge", "delete"])
@pytest.mark.parametrize(
    ("raw", "kind"),
    [(b"", "InvalidRequest"), (b"[{", "InvalidRequest"), (b"[]", "BadRequestData"), (b"[null]", "BadRequestData")],
)
def test_what_is_no_batch(operation: str, raw: bytes, kind: str) -> None:
    told = ask("POST", f"/entityOperations/{operation}", raw=raw)
    assert (told.status, told.json["type"]) == (400, ERRORS + kind)
