"""The one place that decides whether a request reaches its view: what the view declares (`kernel.access`) against who is asking."""

import logging
from collections.abc import Callable
from typing import Any, assert_never
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from parvis.foundations.audit.facade import record
from parvis.foundations.identity.models import User
from parvis.foundations.identity.rates import allow
from parvis.foundations.identity.rights import Rights
from parvis.foundations.identity.sessions import keep_session
from parvis.foundations.identity.tokens import bearer_secret, verify_token
from parvis.kernel import clock
from parvis.kernel.access import Access, Who, access_of
from parvis.kernel.errors import Problem, problem_response

logger = logging.getLogger(__name__)
JOURNAL_REFUSAL_EVERY_S = 600


class AccessMiddleware:
    """Sets `request.rights`, ends sessions past their term, and refuses what is not allowed: silence is a refusal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without the cookie the session is not even asked: a public page stays the same for all, and cacheable.
        if _signed_in(request):
            user = request.user
            if not isinstance(user, User) or not keep_session(request.session, user, clock.now()):
                logout(request)
        request.rights = SimpleLazyObject(lambda: rights_of(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        if _signed_in(request):
            # Who sits down next at the same screen must not find it by going back; a view may say otherwise, as of photos.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        access = access_of(view)
        if access is None:
            logger.error("%s.%s does not say who may call it: refused", view.__module__, view.__name__)
            raise PermissionDenied
        match access.who:
            case Who.EVERYONE:
                return None
            case Who.ACCOUNT:
                return None if request.user.is_authenticated else _unknown(request)
            case Who.PERMISSION:
                return self._permission(request, access)
            case Who.TOKEN:
                return self._token(request, access)
            case _:
                assert_never(access.who)

    def _permission(self, request: HttpRequest, access: Access) -> HttpResponse | None:
        user = request.user
        if not isinstance(user, User):
            return _unknown(request)
        if rights_of(request).may(access.right):
            return None
        if user.is_agent:
            journal_refusal(user, request.path, access.right)
        raise PermissionDenied

    def _token(self, request: HttpRequest, access: Access) -> HttpResponse | None:
        token = verify_token(bearer_secret(request.headers.get("Authorization", "")), access.right, clock.now())
        if token is None:
            return _unauthorized()
        request.token = token  # type: ignore[attr-defined]
        return None


def _signed_in(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.get(SESSION_KEY) is not None


def rights_of(request: HttpRequest) -> Rights:
    """The same object all along the request: it is loaded once."""
    known = getattr(request, "_rights", None)
    if isinstance(known, Rights):
        return known
    rights = Rights.of(request.user.pk) if isinstance(request.user, User) else Rights.none()
    request._rights = rights  # type: ignore[attr-defined]
    return rights


def journal_refusal(user: User, path: str, right: str) -> None:
    """Once in ten minutes for the same person and page: a refused reload is not news."""
    now = clock.now()
    if allow(key=f"refusal:{user.pk}:{path}", limit=1, period_s=JOURNAL_REFUSAL_EVERY_S, now=now):
        record(
            actor=user.urn, action="access.refused", urn=user.urn, right=right, details={"path": path[:500]}, now=now
        )


def _unknown(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return _unauthorized()
    target = request.get_full_path() if request.method in {"GET", "HEAD"} else ""
    query = "?" + urlencode({"next": target}) if target else ""
    return HttpResponseRedirect(reverse("portal:identity:sign_in") + query)


def _unauthorized() -> HttpResponse:
    response = problem_response(
        Problem(status=401, title=_("Une authentification est nécessaire."), type="urn:parvis:problem:unauthenticated")
    )
    response.headers["WWW-Authenticate"] = 'Bearer realm="parvis"'
    return response
