"""What the endpoints that write have in common: which entity is meant, who may write it, how what became of it is told."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from parvis.telemetry.context.broker.answering import Answer, Write, nothing
from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.problems import Forbidden, LdError
from parvis.telemetry.context.jsonld.context import Context
from parvis.telemetry.context.ngsild.names import uri
from parvis.telemetry.context.ngsild.operations import Guard
from parvis.telemetry.context.ngsild.weaving import UpdateResult
from parvis.telemetry.context.places import area_code_at, place_of
from parvis.telemetry.context.query.types import type_selection
from parvis.telemetry.context.store.values import Fragment, Operation, Outcome, Stored


def entity_id(asked: Asked) -> str:
    """The id of the path. Raises `BadRequestData`."""
    return uri(asked.path["entityId"])


def guard_of(asked: Asked) -> Guard | None:
    """The entity must be of the types the request selects, and one the caller reaches; None when any will do."""
    types = type_selection(asked.query.get("type"), asked.context.name) if "type" in asked.query else None
    if types is None and not asked.rights.limited:
        return None

    def means(stored: Stored) -> bool:
        return asked.rights.sees(stored) and (types is None or types.holds(stored.types))

    return means


def check_fragment(asked: Asked, fragment: Fragment) -> None:
    """Raises `Forbidden` when the token of the request does not reach what is written."""
    if not asked.rights.limited:
        return
    area = None
    if asked.rights.areas is not None and "location" in fragment.attributes:
        place = place_of({"location": fragment.attributes["location"]})
        area = area_code_at(*place) if place else ""
    types: Iterable[str] = fragment.types or asked.rights.types or ()
    asked.rights.check_entity(types, fragment.attributes, area)


def check_whole(asked: Asked) -> None:
    """Before what removes attributes without naming them. Raises `Forbidden` for a token that reaches only some."""
    if asked.rights.attributes is not None:
        raise Forbidden("this token reaches only some attributes: it can neither replace nor delete whole entities")


def writing(operation: Operation, answer: Callable[[Outcome], Answer]) -> Write:
    """One operation, and what is answered once it is done; its refusal is that of the request."""

    def finish(outcomes: list[Outcome]) -> Answer:
        (outcome,) = outcomes
        if outcome.error is not None:
            raise outcome.error
        return answer(outcome)

    return Write(operations=[operation], finish=finish)


def no_content(outcome: Outcome) -> Answer:
    return nothing()


def told(outcome: Outcome) -> Answer:
    """204 when all was done, else 207 with what was not."""
    result: UpdateResult = outcome.answer
    return nothing() if result.complete else Answer(status=207, body=result.document)


def location_of(urn: str) -> str:
    return f"/entities/{quote(urn, safe=':')}"


def batch_result(success: Sequence[str], errors: Sequence[dict[str, Any]]) -> Answer:
    """207 (5.2.16)."""
    return Answer(status=207, body={"success": list(success), "errors": list(errors)})


def batch_error(urn: Any, error: Exception) -> dict[str, Any]:
    if not isinstance(error, LdError):
        raise error
    return {"entityId": urn if isinstance(urn, str) else "", "error": error.problem}


def context_of_item(asked: Asked, item: dict[str, Any], known: dict[str, Context]) -> Context:
    """Of one item of a batch; the same URL is looked up once a request."""
    value = item.get("@context")
    key = value if isinstance(value, str) else "" if value is None else None
    if key is None:
        return asked.context_of(item)
    if key not in known:
        known[key] = asked.context_of(item)
    return known[key]
