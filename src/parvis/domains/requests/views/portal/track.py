"""Following a request: by its code, without an account, or from one's account."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from parvis.domains.requests import photos, tracking
from parvis.domains.requests.forms.track import AdditionForm, TrackForm
from parvis.domains.requests.models import Request
from parvis.domains.requests.selectors import explain, lookup
from parvis.domains.requests.selectors.places import commune_names
from parvis.domains.requests.services.correspondence import complete
from parvis.domains.requests.views.portal.guard import LOOKUPS, PHOTOS, limit
from parvis.foundations.identity.models import User
from parvis.kernel import clock
from parvis.kernel.access import public, signed_in
from parvis.kernel.errors import Refusal

PAGE = 20


def _found(request: HttpRequest, typed_code: str) -> Request | None:
    """Counted whether right or wrong, so that guessing shows nothing. Raises `TooMany`."""
    limit(request, "lookup", LOOKUPS)
    return lookup.tracked(typed_code)


def _private(response: HttpResponse) -> HttpResponse:
    """The address of these pages is a secret: no search engine, no trace of it on the next site."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _wrong_code(request: HttpRequest, form: TrackForm) -> HttpResponse:
    form.add_error(
        "code", _("Aucun signalement ne porte ce code, ou son suivi est terminé. Vérifiez les dix caractères.")
    )
    return render(request, "requests/portal/track.html", {"form": form}, status=404)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "requests/portal/track.html", {"form": TrackForm()})
    form = TrackForm(request.POST)
    if not form.is_valid():
        return render(request, "requests/portal/track.html", {"form": form}, status=422)
    service_request = _found(request, form.cleaned_data["code"])
    if service_request is None:
        return _wrong_code(request, form)
    return redirect("portal:requests:tracked", code=tracking.normalise(form.cleaned_data["code"]) or "")


@public
@never_cache
@require_GET
def tracked(request: HttpRequest, code: str) -> HttpResponse:
    service_request = _found(request, code)
    if service_request is None:
        form = TrackForm({"code": code[:64]})
        form.is_valid()
        return _private(_wrong_code(request, form))
    return _page(request, service_request, code, AdditionForm())


def _page(
    request: HttpRequest, service_request: Request, code: str, form: AdditionForm, status: int = 200
) -> HttpResponse:
    commune = commune_names().get(service_request.area_code, "")
    context = {
        "service_request": service_request,
        "code": tracking.normalise(code),
        "commune": commune,
        "competence": explain.competence(service_request, commune),
        "stages": explain.stages(service_request),
        "steps": list(
            service_request.steps.filter(is_public=True).select_related("organisation").order_by("-at", "-id")
        ),
        "photos": photos.of(service_request),
        "form": form,
    }
    return _private(render(request, "requests/portal/tracked.html", context, status=status))


@public
@never_cache
@require_POST
def add(request: HttpRequest, code: str) -> HttpResponse:
    service_request = _found(request, code)
    if service_request is None:
        raise Http404
    form = AdditionForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, service_request, code, form, status=422)
    try:
        if upload := form.cleaned_data["photo"]:
            limit(request, "photo", PHOTOS)
        complete(
            request_id=service_request.pk,
            text=form.cleaned_data["text"],
            photo=upload,
            author=request.user
            if isinstance(request.user, User) and request.user.pk == service_request.reporter_id
            else None,
            now=clock.now(),
        )
    except Refusal as refusal:
        form.add_error("photo" if form.cleaned_data["photo"] else "text", str(refusal))
        return _page(request, service_request, code, form, status=refusal.status)
    messages.success(request, _("Merci, votre précision est transmise au service."))
    return redirect("portal:requests:tracked", code=code)


@public
@require_GET
def photo(request: HttpRequest, code: str, photo_id: int, variant: str) -> HttpResponse:
    """A photo of the request, to who holds its code."""
    service_request = _found(request, code)
    if service_request is None:
        raise Http404
    return _private(photos.serve(service_request, photo_id, variant))


@signed_in
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    page = Paginator(lookup.of_resident(user), PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "service_request": service_request,
            "code": tracking.recall(service_request.code_seed, service_request.code_fingerprint),
        }
        for service_request in page
    ]
    return render(request, "requests/portal/mine.html", {"page": page, "rows": rows, "communes": commune_names()})
