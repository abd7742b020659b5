"""The operator's list of alarms, and what to do about each."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from parvis.foundations.identity.middleware import rights_of
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal
from parvis.telemetry.supervision import permissions, selectors
from parvis.telemetry.supervision.forms.alarms import AcknowledgeForm, AcknowledgeManyForm, AlarmFilter
from parvis.telemetry.supervision.models import Alarm
from parvis.telemetry.supervision.rules.titles import delay_text, spoken
from parvis.telemetry.supervision.services import acknowledge, acknowledge_many

PER_PAGE = 50


@requires("supervision.view")
@require_GET
def alarms(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    visible = permissions.visible_alarms(request, selectors.alarms())
    chosen = AlarmFilter(request.GET)
    found = chosen.apply(visible, now).most_urgent_first()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "supervision/control_room/alarms.html",
        {
            "filter": chosen,
            "page": page,
            "indicators": selectors.indicators(permissions.visible_alarms(request, Alarm.objects.all()), now=now),
            "answerable": [
                one.pk for one in page if one.is_unacknowledged and permissions.may_acknowledge(request, one)
            ],
            "may_acknowledge": rights_of(request).may(permissions.ACKNOWLEDGE),
            "form": AcknowledgeForm(),
        },
    )


@requires("supervision.view")
@require_GET
def alarm(request: HttpRequest, key: int) -> HttpResponse:
    now = clock.now()
    visible = permissions.visible_alarms(request, selectors.alarms().select_related("entity", "organisation"))
    found = get_object_or_404(visible, pk=key)
    return render(
        request,
        "supervision/control_room/alarm.html",
        {
            "alarm": found,
            "condition": selectors.condition_text(found.rule, selectors.unit_of(found)),
            "sees_things": rights_of(request).may("context.view"),
            "time_to_act": delay_text(found.rule.response_minutes),
            "value": f"{spoken(found.value)} {selectors.unit_of(found)}",
            "chart": selectors.chart(found, now=now),
            "story": selectors.story(found),
            "may_acknowledge": found.is_unacknowledged and permissions.may_acknowledge(request, found),
            "form": AcknowledgeForm(),
        },
    )


@requires("supervision.acknowledge")
@require_POST
def acknowledge_one(request: HttpRequest, key: int) -> HttpResponse:
    found = get_object_or_404(permissions.answerable_alarms(request, selectors.alarms()), pk=key)
    form = AcknowledgeForm(request.POST)
    try:
        if form.is_valid():
            comment = form.cleaned_data["comment"]
            acknowledge(alarm=found, by=permissions.agent(request), comment=comment, now=clock.now())
            messages.success(request, _("Alarme acquittée."))
        else:
            messages.error(request, _("Ce commentaire est trop long : 1 000 signes au plus."))
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    return redirect("control_room:supervision:alarm", key)


@requires("supervision.acknowledge")
@require_POST
def acknowledge_selected(request: HttpRequest) -> HttpResponse:
    """Those ticked, or the one whose own button was pressed."""
    data = request.POST.copy()
    if only := data.get("only"):
        data.setlist("alarms", [only])
    form = AcknowledgeManyForm(data, allowed=permissions.answerable_alarms(request, selectors.alarms()))
    if form.is_valid():
        chosen = list(form.cleaned_data["alarms"])
        comment = form.cleaned_data["comment"]
        done = acknowledge_many(alarms=chosen, by=permissions.agent(request), comment=comment, now=clock.now())
        _tell(request, done, len(chosen))
    else:
        for errors in form.errors.values():
            messages.error(request, " ".join(str(error) for error in errors))
    return _back_to_list(request)


def _tell(request: HttpRequest, done: int, asked: int) -> None:
    if done:
        text = ngettext("%(count)d alarme acquittée.", "%(count)d alarmes acquittées.", done)
        messages.success(request, text % {"count": done})
    if done < asked:
        text = ngettext(
            "%(count)d alarme avait déjà reçu une réponse.",
            "%(count)d alarmes avaient déjà reçu une réponse.",
            asked - done,
        )
        messages.warning(request, text % {"count": asked - done})


def _back_to_list(request: HttpRequest) -> HttpResponseRedirect:
    """With the filters the person had."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = reverse("control_room:supervision:alarms")
    return HttpResponseRedirect(target)
