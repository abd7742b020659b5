"""Purging what other brokers hold (ETSI GS CIM 009 V1.9.1, 5.6.21)."""

from dataclasses import replace
from typing import Any

from parvis.telemetry.context.broker.asking import Asked
from parvis.telemetry.context.broker.problems import Conflict, LoopDetected
from parvis.telemetry.context.federation import operations
from parvis.telemetry.context.federation.forwarding import Forward, context_of, is_back, send
from parvis.telemetry.context.federation.questions import question_of
from parvis.telemetry.context.federation.reads import concerned, sources_of
from parvis.telemetry.context.federation.results import error_of, result_of
from parvis.telemetry.context.federation.sources import Mode
from parvis.telemetry.context.federation.writes import passed_on
from parvis.telemetry.context.query.asking import Wanted


def purged_elsewhere(asked: Asked, asks: Wanted) -> list[dict[str, Any]]:
    """What went wrong there, each with its registration. Raises `LoopDetected` for a request that came back."""
    found = [(source, how) for source, how in concerned(sources_of(asked), asks) if source.mode is not Mode.AUXILIARY]
    able = [(source, how) for source, how in found if source.supports(operations.PURGE_ENTITY)]
    unable = [source for source, _ in found if source.proxied and not source.supports(operations.PURGE_ENTITY)]
    if (able or unable) and is_back(asked):
        raise LoopDetected("The request came back; a context source is asked for it only once.")
    question = question_of(asked, asks)
    named = frozenset(asks.query.attributes) or None
    forwards = []
    for source, how in able:
        context = context_of(source, asked.context)
        for one in replace(question.narrowed(how), attributes=named).each():
            params = (*one.params(context), *passed_on(asked, ("keep", "drop")))
            forwards.append(Forward(source=source, method="DELETE", path="/entities", context=context, params=params))
    errors = [
        error_of(source.urn, Conflict(f"{source.urn} holds some and does not offer to purge."), source.urn)
        for source in unable
    ]
    for reply in send(asked, forwards):
        result = result_of(reply, frozenset())
        urn = reply.forward.source.urn
        if result is not None and result.error is not None:
            errors.append(error_of(urn, result.error, urn))
        elif result is not None and result.partial is not None:
            errors += [
                one | {"registrationId": urn} for one in result.partial.get("errors", []) if isinstance(one, dict)
            ]
    return errors
