"""What an endpoint of the broker declares: everything that can be checked before it is called, and all that its documentation tells."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from django.core.checks import CheckMessage, Error

from parvis.kernel.manifest import Contribution, Manifest
from parvis.telemetry.context.broker.media import JSON_AND_LD, Media
from parvis.telemetry.context.broker.parameters import Parameter

if TYPE_CHECKING:
    from parvis.telemetry.context.broker.answering import Answer, Write
    from parvis.telemetry.context.broker.asking import Asked

Handler = Callable[["Asked"], "Answer | Write"]


class Right(StrEnum):
    """What a token must allow: also its scope, `context.<right>`."""

    READ = "read"
    WRITE = "write"
    SUBSCRIBE = "subscribe"
    REGISTER = "register"
    ANYBODY = ""


class Body(StrEnum):
    """What the body must be; `ANY` leaves its JSON kind to the endpoint."""

    NONE = "none"
    OBJECT = "object"
    ARRAY = "array"
    ANY = "any"


@dataclass(frozen=True, kw_only=True, eq=False)
class Endpoint:
    """`path` is below `/ngsi-ld/v1`: `/entities/{entityId}/attrs/{attrName}`. `answers`: what each status means.

    `empty_part` is the status for a path with an empty part (`/entities/x/attrs/`); it is 400 for one that does not name the thing whose
    part it is about (`/entities//attrs/x`). `per_item_context`: the @context of an array is that
    of each of its items, whose errors are theirs. `any_tenant`: one that was never made is asked like one that holds nothing.
    """

    method: str
    path: str
    handler: Handler
    right: Right
    parameters: tuple[Parameter, ...] = ()
    accepts: tuple[Media, ...] = JSON_AND_LD
    body: Body = Body.NONE
    makes_tenant: bool = False
    any_tenant: bool = False
    per_item_context: bool = False
    plain_body: bool = False
    empty_part: int = 400
    answers: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.strip("/").split("/"))

    @cached_property
    def fixed(self) -> tuple[tuple[int, str], ...]:
        """The parts that are words, with their positions."""
        return tuple((position, part) for position, part in enumerate(self.parts) if not part.startswith("{"))

    @cached_property
    def variable(self) -> tuple[tuple[int, str], ...]:
        """The parts that are not, by the name of what stands there."""
        return tuple((position, part[1:-1]) for position, part in enumerate(self.parts) if part.startswith("{"))

    @cached_property
    def known(self) -> Mapping[str, Parameter]:
        return {parameter.name: parameter for parameter in self.parameters}

    def __call__(self, asked: "Asked") -> "Answer | Write":
        return self.handler(asked)


def endpoint(
    method: str,
    path: str,
    *,
    right: Right,
    parameters: Sequence[Parameter] = (),
    accepts: tuple[Media, ...] = JSON_AND_LD,
    body: Body = Body.NONE,
    makes_tenant: bool = False,
    any_tenant: bool = False,
    per_item_context: bool = False,
    plain_body: bool = False,
    empty_part: int = 400,
    answers: Mapping[int, str] | None = None,
) -> Callable[[Handler], Endpoint]:
    """`plain_body`: the body is JSON, not NGSI-LD: no rule on its @context (`/jsonldContexts`)."""

    def declare(handler: Handler) -> Endpoint:
        return Endpoint(
            method=method,
            path=path,
            handler=handler,
            right=right,
            parameters=tuple(parameters),
            accepts=accepts,
            body=body,
            makes_tenant=makes_tenant,
            any_tenant=any_tenant,
            per_item_context=per_item_context,
            plain_body=plain_body,
            empty_part=empty_part,
            answers=answers or {},
        )

    return declare


@dataclass(frozen=True, kw_only=True)
class Endpoints(Contribution):
    """Endpoints a package adds to the NGSI-LD API."""

    endpoints: tuple[Endpoint, ...]

    def check(self, manifest: Manifest) -> Iterable[CheckMessage]:
        seen: set[tuple[str, str]] = set()
        for one in self.endpoints:
            if (one.method, one.path) in seen:
                yield Error(f"{manifest.name}: {one.method} {one.path} is declared twice", id="parvis.E040")
            seen.add((one.method, one.path))
