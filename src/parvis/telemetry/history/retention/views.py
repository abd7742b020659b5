"""How long measures are kept: by type and attribute, where it is not as long as the rest."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.identity.models import User
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.history.lake.models import KeepRule
from parvis.telemetry.history.lake.services import set_term
from parvis.telemetry.history.lake.terms import terms as terms_at
from parvis.telemetry.history.retention.forms import DaysForm, TermForm
from parvis.telemetry.history.retention.presenting import choices, subject

RETAIN = "history.retain"
_LIST = "backoffice:history:terms"
_PAGE = 50


@requires(RETAIN)
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    rules = KeepRule.objects.order_by("entity_type", "attribute")
    page = Paginator(rules, _PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [{"rule": rule, "subject": subject(rule)} for rule in page],
        "rest": terms_at(clock.now(), rules=()).rest,
        "may_set": _may_set(request),
    }
    return render(request, "history/terms.html", context)


@requires(RETAIN)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    _check(request)
    form = TermForm(request.POST or None, choices=choices())
    if form.is_valid():
        _set(request, form.cleaned_data["entity_type"], form.cleaned_data["attribute"], form.cleaned_data["keep_days"])
        messages.success(request, _("La durée est fixée."))
        return redirect(_LIST)
    context = {"form": form, "title": _("Fixer une durée de conservation"), "rule": None}
    return render(request, "history/term.html", context, status=422 if form.errors else 200)


@requires(RETAIN)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, key: int) -> HttpResponse:
    _check(request)
    rule = get_object_or_404(KeepRule, pk=key)
    form = DaysForm(request.POST or None, initial={"keep_days": rule.keep_days})
    if form.is_valid():
        _set(request, rule.entity_type, rule.attribute, form.cleaned_data["keep_days"])
        messages.success(request, _("La durée est modifiée."))
        return redirect(_LIST)
    context = {"form": form, "title": _("Modifier une durée de conservation"), "rule": rule, "subject": subject(rule)}
    return render(request, "history/term.html", context, status=422 if form.errors else 200)


@requires(RETAIN)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Asks once more: what is kept less long from then on is gone for good."""
    _check(request)
    rule = get_object_or_404(KeepRule, pk=key)
    if request.method == "POST":
        _set(request, rule.entity_type, rule.attribute, None)
        messages.success(request, _("La durée particulière est supprimée."))
        return redirect(_LIST)
    rest = terms_at(clock.now(), rules=()).rest
    told = ngettext(
        "Ces mesures seront gardées comme le reste : %(n)d jour.",
        "Ces mesures seront gardées comme le reste : %(n)d jours.",
        rest,
    )
    context = {"rule": rule, "subject": subject(rule), "told": told % {"n": rest}}
    return render(request, "history/term_removal.html", context)


def _set(request: HttpRequest, entity_type: str, attribute: str, keep_days: int | None) -> None:
    actor = cast(User, request.user).urn
    set_term(
        entity_type=entity_type,
        attribute=attribute,
        keep_days=keep_days,
        actor=actor,
        right=RETAIN,
        now=clock.now(),
    )


def _may_set(request: HttpRequest) -> bool:
    """Rules are those of the whole platform."""
    return rights_of(request).covers(RETAIN, organisation_id=None, area_code=None)


def _check(request: HttpRequest) -> None:
    if not _may_set(request):
        raise PermissionDenied
