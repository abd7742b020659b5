"""A crew's phone: the list of the day, and three large buttons. Each works without script, and counts once when sent twice."""

from collections.abc import Callable
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from parvis.capabilities.files.services import NotAPhoto, PhotoTooLarge
from parvis.domains.interventions import permissions, selectors
from parvis.domains.interventions.forms.crew import FinishForm, RefuseForm, StartForm
from parvis.domains.interventions.links import link_to
from parvis.domains.interventions.models import Intervention
from parvis.domains.interventions.rules import Action, State, actions
from parvis.domains.interventions.services import finish, refuse, start
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal

PER_PAGE = 30


@requires("interventions.perform")
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    mine = permissions.performable(request, selectors.interventions())
    context = {"interventions": selectors.day_of(mine), "now": clock.now(), "most": selectors.MOST_OF_A_DAY}
    return render(request, "interventions/field/today.html", context)


@requires("interventions.perform")
@require_GET
def ended(request: HttpRequest) -> HttpResponse:
    mine = permissions.performable(request, selectors.interventions())
    page = Paginator(mine.ended().order_by("-ended_at", "-id"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "interventions/field/ended.html", {"page": page})


@requires("interventions.perform")
@require_GET
def detail(request: HttpRequest, key: int) -> HttpResponse:
    return _page(request, _mine(request, key))


@requires("interventions.perform")
@require_POST
def start_work(request: HttpRequest, key: int) -> HttpResponse:
    found = _mine(request, key)
    form = StartForm(request.POST)
    if not form.is_valid():
        return _page(request, found)
    return _answer(
        request,
        found,
        lambda: start(
            intervention=found, by=permissions.agent(request), now=clock.now(), nonce=form.cleaned_data["nonce"]
        ),
        done=_("C’est parti : intervention commencée."),
        then="field:interventions:detail",
    )


@requires("interventions.perform")
@require_POST
def finish_work(request: HttpRequest, key: int) -> HttpResponse:
    found = _mine(request, key)
    form = FinishForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, finish_form=form)
    try:
        return _answer(
            request,
            found,
            lambda: finish(intervention=found, by=permissions.agent(request), now=clock.now(), **form.cleaned_data),
            done=_("Intervention terminée. Merci !"),
            then="field:interventions:today",
        )
    except (PhotoTooLarge, NotAPhoto) as refusal:
        form.add_error("photo", str(refusal))
        return _page(request, found, finish_form=form)


@requires("interventions.perform")
@require_POST
def refuse_work(request: HttpRequest, key: int) -> HttpResponse:
    found = _mine(request, key)
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _page(request, found, refuse_form=form)
    return _answer(
        request,
        found,
        lambda: refuse(intervention=found, by=permissions.agent(request), now=clock.now(), **form.cleaned_data),
        done=_("C’est noté : intervention impossible."),
        then="field:interventions:today",
    )


def _mine(request: HttpRequest, key: int) -> Intervention:
    return get_object_or_404(permissions.performable(request, selectors.interventions()), pk=key)


def _answer(
    request: HttpRequest, found: Intervention, act: Callable[[], Intervention], *, done: str, then: str
) -> HttpResponse:
    """Does it and leads on; a refusal is read on the page, whose buttons fit what the intervention has become.

    A refused photo is raised: its form keeps what was typed.
    """
    try:
        act()
    except (PhotoTooLarge, NotAPhoto):
        raise
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect("field:interventions:detail", found.pk)
    messages.success(request, done)
    return redirect(then) if then.endswith(":today") else redirect(then, found.pk)


def _page(
    request: HttpRequest,
    found: Intervention,
    *,
    finish_form: forms.Form | None = None,
    refuse_form: forms.Form | None = None,
) -> HttpResponse:
    possible = actions(State(found.state))
    fresh = {"nonce": uuid4()}
    context = {
        "intervention": found,
        "now": clock.now(),
        "story": selectors.story(found),
        "causes": [link_to(cause.cause_urn) for cause in found.causes.all()],
        "photos": found.photos.select_related("file"),
        "start_form": StartForm(initial=fresh) if Action.START in possible else None,
        "finish_form": (finish_form or FinishForm(initial=fresh)) if Action.FINISH in possible else None,
        "refuse_form": (refuse_form or RefuseForm(initial=fresh)) if Action.REFUSE in possible else None,
        "refused": finish_form or refuse_form,
    }
    return render(request, "interventions/field/detail.html", context, status=422 if context["refused"] else 200)
