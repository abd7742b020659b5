"""Every view says who may call it; one that says nothing is refused (middleware) and found by `parvis check`."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


class Who(StrEnum):
    EVERYONE = "everyone"
    ACCOUNT = "account"
    PERMISSION = "permission"
    TOKEN = "token"  # noqa: S105 — a kind of access, no secret


@dataclass(frozen=True, slots=True)
class Access:
    """`right` is a permission (`requests.triage`) or, for a token, a scope (`devices.uplink`)."""

    who: Who
    right: str = ""


def access_of(view: Callable[..., Any]) -> Access | None:
    access = getattr(view, "access", None)
    return access if isinstance(access, Access) else None


def _declare(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Anyone, signed in or not."""
    return _declare(view, Access(Who.EVERYONE))


def signed_in(view: View) -> View:
    """Any account, resident or agent."""
    return _declare(view, Access(Who.ACCOUNT))


def requires(permission: str) -> Callable[[View], View]:
    """Who holds this permission somewhere; the view still narrows to the organisation and area of the object."""
    return lambda view: _declare(view, Access(Who.PERMISSION, permission))


def bearer(scope: str) -> Callable[[View], View]:
    """An API token with this scope in `Authorization: Bearer`; no cookie is looked at, so there is no forgery to guard against."""

    def declare(view: View) -> View:
        view.csrf_exempt = True  # type: ignore[attr-defined]
        return _declare(view, Access(Who.TOKEN, scope))

    return declare
