"""Refusals of the NGSI-LD API (ETSI GS CIM 009 V1.8.1, 5.5.2 and 6.3.2)."""

from typing import Any, ClassVar

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


class LdError(Exception):
    """`detail` is for the developer of the client, in English; it differs from the title."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = ""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers: dict[str, str] = {}

    @property
    def problem(self) -> dict[str, Any]:
        """RFC 7807."""
        return {
            "type": ERRORS + type(self).__name__,
            "title": self.title,
            "detail": self.detail,
            "status": self.status,
        }


class InvalidRequest(LdError):
    title = "The request is not a valid one"


class BadRequestData(LdError):
    title = "The data of the request are not valid"


class ResourceNotFound(LdError):
    status = 404
    title = "There is no such resource"


class NonexistentTenant(LdError):
    status = 404
    title = "There is no such tenant"


class AlreadyExists(LdError):
    status = 409
    title = "It exists already"


class Conflict(LdError):
    status = 409
    title = "It conflicts with a registration"


class OperationNotSupported(LdError):
    status = 422
    title = "The operation is not offered"


class TooManyResults(LdError):
    status = 403
    title = "The query gives more results than are answered at once"


class TooComplexQuery(LdError):
    status = 403
    title = "The query takes more work than is offered"


class InternalError(LdError):
    status = 500
    title = "The broker failed"


class LdContextNotAvailable(LdError):
    status = 503
    title = "The @context cannot be had"


class BadGateway(LdError):
    status = 502
    title = "A context source gave an unusable answer"


class GatewayTimeout(LdError):
    status = 504
    title = "A context source did not answer in time"


class LoopDetected(LdError):
    status = 508
    title = "The request has come back to where it was"


class Unauthorised(LdError):
    status = 401
    title = "A token is needed"


class Forbidden(LdError):
    status = 403
    title = "The token does not allow this"


class TooLarge(LdError):
    status = 413
    title = "The body is too large"
