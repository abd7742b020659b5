"""Pages of every kind of access, beside those of the platform."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from parvis.kernel.access import bearer, public, requires, signed_in
from parvis.project import urls as platform
from parvis.project.urls import handler400, handler403, handler404, handler500  # noqa: F401


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@public
def everyone(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@signed_in
def account(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@requires("requests.view")
def permission(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@bearer("things.write")
def token(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.token.name)  # type: ignore[attr-defined]


tests = [
    path("silent", answer),
    path("everyone", everyone),
    path("account", account),
    path("permission", permission),
    path("token", token),
]
urlpatterns = [path("tests/", include(tests)), path("api/tests/", include(tests)), *platform.urlpatterns]
