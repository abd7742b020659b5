"""Refusals people can understand, and their form on APIs: problem+json (RFC 9457)."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.http import HttpResponse, JsonResponse
from django.utils.functional import Promise
from starlette.responses import JSONResponse, Response

PROBLEM_JSON = "application/problem+json"


class Refusal(Exception):
    """Base of expected refusals. `message` (French, translated) is what the person reads; `code` is for programs.

    A view turns it into a form error; one that escapes becomes a page or a problem+json of `status`.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    message: str | Promise = ""

    def __init__(self, message: str | Promise | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message or self.__class__.__name__)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """RFC 9457. `type` is a URI reference; `more` holds extension members."""

    status: int
    title: str
    detail: str = ""
    type: str = "about:blank"
    more: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        body: dict[str, Any] = {"type": self.type, "title": self.title, "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        return body | self.more

    @classmethod
    def of(cls, refusal: Refusal) -> "Problem":
        return cls(status=refusal.status, title=str(refusal), type=f"urn:parvis:problem:{refusal.code}")


def problem_response(problem: Problem) -> HttpResponse:
    """For Django views."""
    return JsonResponse(problem.as_dict(), status=problem.status, content_type=PROBLEM_JSON)


def problem_asgi(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """For the hot doors."""
    return JSONResponse(problem.as_dict(), status_code=problem.status, media_type=PROBLEM_JSON, headers=headers)
