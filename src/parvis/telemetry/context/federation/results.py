"""What became of the parts of a write, as one answer (ETSI GS CIM 009 V1.8.1, 5.2.16 to 5.2.18, 6.3.17)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from parvis.telemetry.context.broker.answering import Answer
from parvis.telemetry.context.broker.problems import BadGateway, Conflict, LdError, LoopDetected
from parvis.telemetry.context.federation.forwarding import Reply
from parvis.telemetry.context.federation.matching import Names
from parvis.telemetry.context.federation.sources import Mode
from parvis.telemetry.context.vocabulary import iri_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Of one part. `registration` is empty for this broker's. `partial`: the 207 of who did a part of its part."""

    names: Names
    registration: str = ""
    error: LdError | None = None
    partial: dict[str, Any] | None = None


def result_of(reply: Reply, names: Names) -> Result | None:
    """None for an inclusive source in a loop with us: the request has been there already."""
    source = reply.forward.source
    if isinstance(reply.error, LoopDetected) and source.mode is Mode.INCLUSIVE:
        return None
    if reply.error is None and reply.status == 207:
        if isinstance(reply.body, dict) and ("errors" in reply.body or "notUpdated" in reply.body):
            return Result(names=names, registration=source.urn, partial=reply.body)
        unsaid = BadGateway(f"{source.urn} did a part and does not say which.")
        return Result(names=names, registration=source.urn, error=unsaid)
    return Result(names=names, registration=source.urn, error=reply.error)


def check_all(results: Sequence[Result]) -> None:
    """Raises the error of a write of which nothing was done, unless there are several to tell."""
    errors = [result.error for result in results if result.error is not None]
    if len(errors) < len(results) or not errors:
        return
    for error in errors:
        if isinstance(error, Conflict):
            raise error
    if len(errors) == 1:
        raise errors[0]


def is_whole(results: Iterable[Result]) -> bool:
    return all(result.error is None and result.partial is None for result in results)


def batch_operation_result(urn: str, results: Sequence[Result]) -> Answer:
    """Of a write of an entity."""
    errors: list[dict[str, Any]] = []
    for result in results:
        if result.error is not None:
            errors.append(_error(urn, result.error.problem, result.registration))
        elif result.partial is not None:
            errors += [
                one | {"registrationId": result.registration}
                for one in _listed(result.partial.get("errors"))
                if isinstance(one, dict)
            ]
    done = any(result.error is None for result in results)
    return Answer(status=207, body={"success": [urn] if done else [], "errors": errors})


def error_of(urn: str, error: LdError, registration: str) -> dict[str, Any]:
    return _error(urn, error.problem, registration)


def _error(urn: str, problem: dict[str, Any], registration: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"entityId": urn, "error": problem}
    return entry | {"registrationId": registration} if registration else entry


def update_result(results: Sequence[Result]) -> Answer:
    """Of a write of attributes."""
    failed: list[dict[str, Any]] = []
    done: dict[str, None] = {}
    for result in results:
        where = {"registrationId": result.registration} if result.registration else {}
        if result.error is not None:
            failed += [
                {"attributeName": iri_of(name), "reason": result.error.detail} | where for name in sorted(result.names)
            ]
        elif result.partial is not None:
            failed += [one | where for one in _listed(result.partial.get("notUpdated")) if isinstance(one, dict)]
            done.update(dict.fromkeys(one for one in _listed(result.partial.get("updated")) if isinstance(one, str)))
        else:
            done.update(dict.fromkeys(map(iri_of, sorted(result.names))))
    missing = {one.get("attributeName") for one in failed}
    return Answer(status=207, body={"updated": [name for name in done if name not in missing], "notUpdated": failed})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
