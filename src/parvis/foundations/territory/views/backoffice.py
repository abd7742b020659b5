from django.http import HttpRequest, HttpResponse

from parvis.kernel.access import requires


@requires("territory.view")
def areas_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@requires("territory.view")
def area_page(request: HttpRequest, code: str) -> HttpResponse:
    return HttpResponse()
