"""Refusals of the SensorThings API (OGC 18-088, 9.3.1), in the form that its clients know."""

from typing import Any, ClassVar


class StaError(Exception):
    """The text is for the developer of the client, in English."""

    status: ClassVar[int] = 400

    @property
    def document(self) -> dict[str, Any]:
        return refusal(self.status, str(self))


class BadRequest(StaError):
    """An option, an expression or a path that does not follow the standard."""


class NotFound(StaError):
    """No such entity, set or property, or not for this caller."""

    status = 404


class NotOffered(StaError):
    """A system query option of OData that is none of SensorThings: 501, as the standard wants (9.3.1, query-status-code)."""

    status = 501


def refusal(status: int, message: str) -> dict[str, Any]:
    return {"code": status, "type": "error", "message": message}
