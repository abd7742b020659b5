"""Which endpoint a path and a method mean."""

from collections.abc import Mapping
from functools import cache
from urllib.parse import unquote

from parvis.kernel.registry import registry
from parvis.telemetry.context.broker.endpoints import Endpoint, Endpoints
from parvis.telemetry.context.broker.problems import BadRequestData, ResourceNotFound

ROOT = "/ngsi-ld/v1"


class Bare(Exception):
    """A refusal that is a status and nothing else."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers or {}


@cache
def endpoints() -> tuple[Endpoint, ...]:
    return tuple(one for _, given in registry.all(Endpoints) for one in given.endpoints)


@cache
def _routes() -> Mapping[tuple[int, str], tuple[Endpoint, ...]]:
    """By number of parts and first word; those with more fixed words first."""
    ordered = sorted(endpoints(), key=lambda one: len(one.variable))
    keys = {(len(one.parts), one.parts[0]) for one in ordered}
    return {key: tuple(one for one in ordered if (len(one.parts), one.parts[0]) == key) for key in keys}


def routed(method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
    """The endpoint, and what stands for the variable parts of `path`, which is below `ROOT` and still percent-encoded.

    Raises `ResourceNotFound` for what is nowhere, `Bare` 405 for a method or a shape that is not offered.
    """
    parts = path.split("/")[1:]
    if len(parts) > 1 and not parts[-1]:
        parts.pop()
    found = [one for one in _routes().get((len(parts), parts[0] if parts else ""), ()) if _fits(one, parts)]
    for one in found:
        if one.method == method and len(one.fixed) == len(found[0].fixed):
            return one, {name: unquote(parts[position]) for position, name in one.variable}
    if path == "/entities/" and method in ("PATCH", "PUT"):
        raise BadRequestData("the id of the entity is empty")
    if found:
        raise Bare(405, {"Allow": ", ".join(sorted({one.method for one in found}))})
    if parts and any(one.parts[0] == parts[0] for one in endpoints()):
        raise Bare(405)
    raise ResourceNotFound("there is nothing at this address")


def _fits(endpoint: Endpoint, parts: list[str]) -> bool:
    return all(parts[position] == word for position, word in endpoint.fixed)
