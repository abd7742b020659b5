"""The call desk: find what a caller asks about, or take their report on the same form as everybody's."""

from typing import Any

from django.core import signing
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from parvis.domains.requests import photos, tracking
from parvis.domains.requests.forms.filters import DeskSearchForm
from parvis.domains.requests.forms.report import DeskForm, new_submission
from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import NEAR_M, Channel
from parvis.domains.requests.selectors import explain, lookup, triage
from parvis.domains.requests.selectors.places import commune_names
from parvis.domains.requests.services.intake import receive_request
from parvis.domains.requests.views.backoffice.rights import agent_of, may, scope_of
from parvis.domains.requests.views.portal.report import FIELDS, RECEIPT_S, portal_commune, portal_of
from parvis.foundations.audit import facade as audit
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal
from parvis.kernel.urn import Urn

PAGE = 10
_RECEIPT_SALT = "parvis.requests.desk-receipt"


@requires("requests.desk")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """By number, telephone, e-mail, address or words. By POST: what is searched about a person stays out of logs and history."""
    form = DeskSearchForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "page": None, "communes": {}}
    if form.is_bound and form.is_valid():
        visible = triage.visible(scope_of(request, "requests.desk"))
        rows = lookup.searched_by_desk(visible, form.cleaned_data["q"])
        page = Paginator(rows.select_related("category", "organisation").order_by("-created_at", "-id"), PAGE).get_page(
            1
        )
        audit.record(
            actor=agent_of(request).urn,
            action="request.searched",
            urn=str(Urn("ServiceRequest", "list")),
            right="requests.desk",
            details={"kind": lookup.kind_of(form.cleaned_data["q"]), "found": page.paginator.count},
            now=clock.now(),
        )
        context |= {"page": page, "communes": commune_names()}
    return render(request, "requests/backoffice/desk.html", context)


@requires("requests.desk")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    communes = commune_names()
    if request.method != "POST":
        initial = {"submission": new_submission(), "area_code": portal_commune(request), "channel": Channel.PHONE.value}
        return _page(request, DeskForm(initial=initial, communes=communes))
    form = DeskForm(request.POST, request.FILES, communes=communes)
    held = photos.keep(form)
    if not form.is_valid():
        return _page(request, form, held=held, status=422)
    portal = portal_of(request)
    draft = form.draft(
        channel=Channel(form.cleaned_data["channel"]),
        created_by=agent_of(request),
        portal_id=portal.pk if portal else None,
        photo_token=held.token if held else "",
    )
    try:
        service_request, _is_new = receive_request(draft=draft, now=clock.now())
    except Refusal as refusal:
        form.add_error(FIELDS.get(type(refusal)), str(refusal))
        return _page(request, form, held=held, status=422)
    return redirect("backoffice:requests:desk_received", receipt=_receipt(request, service_request))


def _receipt(request: HttpRequest, service_request: Request) -> str:
    """For the agent who took the call only: the page shows the resident's code."""
    return signing.dumps([service_request.pk, agent_of(request).pk], salt=_RECEIPT_SALT)


def _page(request: HttpRequest, form: DeskForm, *, held: photos.Held | None = None, status: int = 200) -> HttpResponse:
    context = {"form": form, "held": held, "near_m": NEAR_M}
    return render(request, "requests/backoffice/desk_new.html", context, status=status)


@requires("requests.desk")
@never_cache
@require_http_methods(["GET", "HEAD"])
def received(request: HttpRequest, receipt: str) -> HttpResponse:
    """What the agent reads back to the caller: number, code, who is competent, what is already known nearby."""
    try:
        request_id, agent_id = signing.loads(receipt, salt=_RECEIPT_SALT, max_age=RECEIPT_S)
    except signing.BadSignature:
        return redirect("backoffice:requests:desk")
    if agent_id != agent_of(request).pk:
        return redirect("backoffice:requests:desk")
    service_request = Request.objects.select_related("category", "organisation").get(pk=request_id)
    commune = commune_names().get(service_request.area_code, "")
    code = tracking.recall(service_request.code_seed, service_request.code_fingerprint)
    context = {
        "service_request": service_request,
        "spaced_code": tracking.spaced(code) if code else "",
        "commune": commune,
        "competence": explain.competence(service_request, commune),
        "may_open": may(request, "requests.view", service_request),
        "near": lookup.near(
            category=service_request.category,
            longitude=service_request.longitude,
            latitude=service_request.latitude,
            exclude_id=service_request.pk,
        ),
        "near_m": NEAR_M,
    }
    return render(request, "requests/backoffice/desk_received.html", context)
