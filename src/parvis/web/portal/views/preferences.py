from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from parvis.capabilities.design.theme import Theme, remember
from parvis.kernel.access import public


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark or automatic, then back to the page the reader was on. An unknown theme changes nothing."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    wanted = next((known for known in Theme if known == request.POST.get("theme")), None)
    if wanted is not None:
        remember(response, wanted, secure=request.is_secure())
    return response
