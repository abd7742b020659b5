"""The observatory in the back office."""

from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.territory.selectors import communes
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal
from parvis.telemetry.history.lake.compaction import first_hot_day
from parvis.telemetry.history.observatory import presenting
from parvis.telemetry.history.observatory.answering import Answer, answer
from parvis.telemetry.history.observatory.catalogue import choices
from parvis.telemetry.history.observatory.forms import QuestionForm
from parvis.telemetry.history.observatory.telling import as_csv

OBSERVE = "history.observe"


@requires(OBSERVE)
@require_GET
def observatory(request: HttpRequest) -> HttpResponse:
    """The form, and under it the answer; `format=csv` for the whole of it."""
    known = choices()
    now = clock.now()
    form = QuestionForm(
        request.GET if "kind" in request.GET else None, choices=known, last_day=_last_day(now), within=_within(request)
    )
    found = _answered(form, now)
    if found is not None and request.GET.get("format") == "csv":
        return _csv(found)
    context = {"form": form, "choices": known, "answer": found, "query": request.GET.urlencode()}
    if found is not None:
        areas = {area.code: area.name for area in communes()}
        context |= {
            "headings": presenting.headings(found),
            "rows": presenting.table(found, areas),
            "curves": presenting.curves(found, areas),
            "left_out": max(0, len(found.rows) - presenting.MOST_ROWS),
        }
    return render(request, "history/observatory.html", context, status=400 if form.errors else 200)


def _within(request: HttpRequest) -> frozenset[str] | None:
    """The areas of the agent's rights; None: all. Lines of the past know their commune, not whose their thing was."""
    limits = [reach.areas for reach in rights_of(request).scope(OBSERVE).reaches]
    bounded = [areas for areas in limits if areas is not None]
    return frozenset[str]().union(*bounded) if len(bounded) == len(limits) else None


def _last_day(now: datetime) -> date:
    return first_hot_day(now) - timedelta(days=1)


def _answered(form: QuestionForm, now: datetime) -> Answer | None:
    if not form.is_valid():
        return None
    try:
        return answer(form.question(), now=now)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return None


def _csv(found: Answer) -> HttpResponse:
    name = f"{found.question.attribute}-{found.question.kind}-{found.question.period.first_day}.csv"
    response = HttpResponse(as_csv(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
