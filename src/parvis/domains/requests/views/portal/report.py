"""Reporting a problem: one page, complete without JavaScript, which never loses what was typed."""

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from parvis.capabilities.files.drafts import DraftLost
from parvis.domains.requests import photos, tracking
from parvis.domains.requests.forms.report import ReportForm, new_submission
from parvis.domains.requests.models import Category, Request
from parvis.domains.requests.rules import NEAR_M
from parvis.domains.requests.selectors import explain, lookup
from parvis.domains.requests.selectors.places import commune_names
from parvis.domains.requests.services.intake import NoPlace, OutsideTerritory, receive_request
from parvis.domains.requests.services.personal import keep_days
from parvis.domains.requests.views.portal.guard import PHOTOS, REPORTS, TooMany, limit
from parvis.foundations.identity.models import User
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.territory.models import AreaKind
from parvis.kernel import clock
from parvis.kernel.access import public
from parvis.kernel.errors import Refusal

RECEIPT_S = 3600
"""How long the page that shows the tracking code may be reloaded."""

_RECEIPT_SALT = "parvis.requests.receipt"


def portal_of(request: HttpRequest) -> Organisation | None:
    organisation: Organisation | None = getattr(request, "organisation", None)
    return organisation


def portal_commune(request: HttpRequest) -> str:
    """INSEE code when this portal is a commune's, else empty."""
    organisation = portal_of(request)
    area = organisation.area if organisation else None
    return area.code if area and area.kind == AreaKind.COMMUNE else ""


def initial_of(request: HttpRequest) -> dict[str, Any]:
    """A link elsewhere on the portal may already say the category and the place."""
    asked = request.GET
    user = request.user if isinstance(request.user, User) else None
    return {
        "submission": new_submission(),
        "area_code": portal_commune(request),
        "category": asked.get("category", "")[:40],
        "longitude": asked.get("longitude", "")[:24] or None,
        "latitude": asked.get("latitude", "")[:24] or None,
        "contact_email": user.email if user else "",
        "contact_name": user.display_name if user else "",
    }


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    communes = commune_names()
    if request.method != "POST":
        return _page(request, ReportForm(initial=initial_of(request), communes=communes))
    form = ReportForm(request.POST, request.FILES, communes=communes)
    held: photos.Held | None = None
    try:
        if request.FILES:
            limit(request, "photo", PHOTOS)
        held = photos.keep(form)
        service_request = _send(request, form, held)
    except Refusal as refusal:
        form.add_error(FIELDS.get(type(refusal)), str(refusal))
        return _page(request, form, held=held, status=429 if isinstance(refusal, TooMany) else 422)
    if service_request is None:
        return _page(request, form, held=held, status=422)
    return redirect("portal:requests:received", receipt=signing.dumps(service_request.pk, salt=_RECEIPT_SALT))


FIELDS: dict[type[Refusal], str] = {OutsideTerritory: "longitude", NoPlace: "address", DraftLost: "photo"}
"""Beside which field a refusal of the service is shown; the others head the form."""


def _send(request: HttpRequest, form: ReportForm, held: photos.Held | None) -> Request | None:
    """None when something must be looked at again. Raises what `receive_request` and `limit` raise."""
    if held and held.place and held.proposes_place and not form.has_place:
        form.put_place(*held.place)
        return None
    if not form.is_valid():
        return None
    limit(request, "report", REPORTS)
    portal = portal_of(request)
    draft = form.draft(
        reporter=request.user if isinstance(request.user, User) else None,
        language=get_language() or "fr",
        portal_id=portal.pk if portal else None,
        photo_token=held.token if held else "",
    )
    service_request, _is_new = receive_request(draft=draft, now=clock.now())
    return service_request


def _page(
    request: HttpRequest, form: ReportForm, *, held: photos.Held | None = None, status: int = 200
) -> HttpResponse:
    return render(
        request,
        "requests/portal/new.html",
        {
            "form": form,
            "held": held,
            "keep_days": keep_days(portal_of(request)),
            "near_m": NEAR_M,
        },
        status=status,
    )


@public
@never_cache
@require_GET
def received(request: HttpRequest, receipt: str) -> HttpResponse:
    """Shows the code once, for the hour in which the page may be reloaded."""
    try:
        request_id = signing.loads(receipt, salt=_RECEIPT_SALT, max_age=RECEIPT_S)
    except signing.BadSignature:
        return redirect("portal:requests:track")
    service_request = Request.objects.filter(pk=request_id).select_related("category", "organisation").first()
    code = tracking.recall(service_request.code_seed, service_request.code_fingerprint) if service_request else None
    if service_request is None or code is None:
        return redirect("portal:requests:track")
    commune = commune_names().get(service_request.area_code, "")
    return render(
        request,
        "requests/portal/received.html",
        {
            "service_request": service_request,
            "code": code,
            "spaced_code": tracking.spaced(code),
            "tracking_url": request.build_absolute_uri(reverse("portal:requests:tracked", args=[code])),
            "competence": explain.competence(service_request, commune),
            "commune": commune,
            "near": lookup.near(
                category=service_request.category,
                longitude=service_request.longitude,
                latitude=service_request.latitude,
                exclude_id=service_request.pk,
            ),
            "near_m": NEAR_M,
        },
    )


@public
@require_GET
def near(request: HttpRequest) -> HttpResponse:
    """The fragment shown while the form is filled: what is already known around the point."""
    category = Category.objects.filter(code=request.GET.get("category", "")[:40].replace("\x00", "")).first()
    try:
        longitude, latitude = float(request.GET["longitude"]), float(request.GET["latitude"])
    except (KeyError, ValueError):
        return HttpResponse("")
    inside = -180 <= longitude <= 180 and -90 <= latitude <= 90  # also false for NaN
    found = lookup.near(category=category, longitude=longitude, latitude=latitude) if category and inside else []
    return render(request, "requests/portal/_near.html", {"near": found, "near_m": NEAR_M})


@public
@never_cache
@require_POST
def hold_photo(request: HttpRequest) -> HttpResponse:
    """Receives the photo while the rest is being typed; answers where it was taken, if it says so."""
    upload = request.FILES.get("photo")
    try:
        limit(request, "photo", PHOTOS)
        if upload is None:
            return JsonResponse({"error": _("Aucune photo reçue.")}, status=400)
        held = photos.hold(upload)
    except Refusal as refusal:
        return JsonResponse({"error": str(refusal)}, status=refusal.status)
    longitude, latitude = held.place if held.place and held.proposes_place else (None, None)
    return JsonResponse({"token": held.token, "longitude": longitude, "latitude": latitude})
