"""The back office: the list, the page, opening by hand, assigning."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from parvis.capabilities.design.maps import territory_plan
from parvis.domains.interventions import permissions, prefill, selectors
from parvis.domains.interventions.forms.office import AssignForm, InterventionFilter, OpenForm, ReasonForm
from parvis.domains.interventions.links import link_to
from parvis.domains.interventions.models import Intervention
from parvis.domains.interventions.rules import Action, State, actions
from parvis.domains.interventions.services import assign, cancel, open_intervention, reopen
from parvis.domains.interventions.values import InterventionRef
from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.organisations.models import Organisation, Team
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal

PER_PAGE = 50


@requires("interventions.view")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    visible = permissions.visible(request, selectors.interventions())
    chosen = InterventionFilter(request.GET, teams=_teams(request))
    page = Paginator(chosen.apply(visible, now).most_urgent_first(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": chosen,
        "page": page,
        "plan": territory_plan(),
        "points": selectors.points(list(page)),
        "now": now,
        "may_open": rights_of(request).may(permissions.OPEN),
    }
    return render(request, "interventions/backoffice/list.html", context)


@requires("interventions.view")
@require_GET
def detail(request: HttpRequest, key: int) -> HttpResponse:
    found = get_object_or_404(permissions.visible(request, selectors.interventions()), pk=key)
    may_assign = permissions.may_assign(request, found)
    context = {
        "intervention": found,
        "now": clock.now(),
        "story": selectors.story(found),
        "causes": [link_to(cause.cause_urn) for cause in found.causes.all()],
        "thing": link_to(found.thing_urn) if found.thing_urn else None,
        "photos": found.photos.select_related("file"),
        "may": {action.value: may_assign and action in actions(State(found.state)) for action in Action},
        "assign_form": AssignForm(teams=selectors.teams_for(found)) if may_assign else None,
        "reason_form": ReasonForm(),
    }
    return render(request, "interventions/backoffice/detail.html", context)


@requires("interventions.assign")
@require_POST
def assign_team(request: HttpRequest, key: int) -> HttpResponse:
    found = _assignable(request, key)
    form = AssignForm(request.POST, teams=selectors.teams_for(found))
    if not form.is_valid():
        messages.error(request, _("Choisissez une équipe de cette organisation."))
    else:
        try:
            assign(intervention=found, team=form.cleaned_data["team"], by=permissions.agent(request), now=clock.now())
            messages.success(request, _("Intervention affectée."))
        except Refusal as refusal:
            messages.warning(request, str(refusal))
    return redirect("backoffice:interventions:detail", key)


@requires("interventions.assign")
@require_POST
def take_back(request: HttpRequest, key: int) -> HttpResponse:
    """Cancels what is open, reopens what ended: each with a reason."""
    found = _assignable(request, key)
    form = ReasonForm(request.POST)
    verb, done = (cancel, _("Intervention annulée.")) if found.is_open else (reopen, _("Intervention rouverte."))
    if not form.is_valid():
        messages.error(request, _("Dites pourquoi, en 1 000 signes au plus."))
    else:
        try:
            reason = form.cleaned_data["reason"]
            verb(intervention=found, by=permissions.agent(request), now=clock.now(), reason=reason)
            messages.success(request, done)
        except Refusal as refusal:
            messages.warning(request, str(refusal))
    return redirect("backoffice:interventions:detail", key)


@requires("interventions.open")
def new(request: HttpRequest) -> HttpResponse:
    """By hand; `?cause=` an alarm or `?thing=` a thing fills what they tell."""
    organisations = _organisations(request)
    if request.method != "POST":
        form = OpenForm(initial=_initial(request) | {"nonce": uuid4()}, organisations=organisations)
    else:
        form = OpenForm(request.POST, organisations=organisations)
        if form.is_valid() and (opened := _open(request, form)):
            return _opened(request, opened)
    return render(request, "interventions/backoffice/new.html", {"form": form})


def _initial(request: HttpRequest) -> dict[str, Any]:
    alarm = permissions.visible_alarm(request, request.GET.get("cause", ""))
    if alarm is not None:
        return prefill.from_alarm(alarm)
    thing = permissions.visible_thing(request, request.GET.get("thing", ""))
    return prefill.from_thing(thing) if thing else {}


def _open(request: HttpRequest, form: OpenForm) -> InterventionRef | None:
    """None after a refusal, which is then on the form. What it was opened for is believed only if the person may see it."""
    data = form.cleaned_data
    alarm = permissions.visible_alarm(request, data["cause"])
    thing = permissions.visible_thing(request, data["thing"])
    cause_urn = str(alarm.urn) if alarm else ""
    thing_urn = alarm.entity_urn if alarm else thing.urn if thing else ""
    try:
        order = prefill.order(data, cause_urn=cause_urn, thing_urn=thing_urn, actor=permissions.agent(request).urn)
    except Refusal as refusal:
        form.add_error("organisation", str(refusal))
        return None
    if not permissions.may_open_for(request, order.organisation_id, order.area_code):
        form.add_error(
            "organisation", _("Vous ne pouvez pas ouvrir d’intervention pour l’organisation compétente ici.")
        )
        return None
    return open_intervention(order=order, now=clock.now(), nonce=data["nonce"])


def _opened(request: HttpRequest, opened: InterventionRef) -> HttpResponse:
    if opened.created:
        messages.success(request, _("Intervention %(number)s ouverte.") % {"number": opened.number})
    else:
        messages.info(request, _("L’intervention %(number)s était déjà ouverte.") % {"number": opened.number})
    if rights_of(request).may(permissions.VIEW):
        return redirect("backoffice:interventions:detail", int(opened.urn.rpartition(":")[2]))
    return redirect("backoffice:backoffice:home")


def _assignable(request: HttpRequest, key: int) -> Intervention:
    return get_object_or_404(permissions.assignable(request, selectors.interventions()), pk=key)


def _organisations(request: HttpRequest) -> QuerySet[Organisation]:
    scope = rights_of(request).scope(permissions.OPEN)
    if scope.nowhere:
        raise PermissionDenied
    return scope.filter(Organisation.objects.order_by("name", "id"), organisation="pk", area="area__code")


def _teams(request: HttpRequest) -> QuerySet[Team]:
    organisations = rights_of(request).scope(permissions.VIEW).organisations
    found = Team.objects.order_by("name", "id")
    return found if organisations is None else found.filter(organisation_id__in=organisations)
