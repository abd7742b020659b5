"""Writing the rules, with what each would have done yesterday."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.organisations.models import Organisation
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.supervision import permissions, selectors
from parvis.telemetry.supervision.forms.rules import RuleForm
from parvis.telemetry.supervision.models import Rule
from parvis.telemetry.supervision.preview import Preview, preview
from parvis.telemetry.supervision.services import RuleDraft, create_rule, set_enabled, update_rule

PER_PAGE = 50


@requires("supervision.manage_rules")
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """Those one manages, and those common to all, which look at one's things too."""
    readable = _manageable(request) | Rule.objects.filter(organisation=None)
    page = Paginator(readable.order_by("name", "id"), PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    context = {
        "page": page,
        "lines": selectors.rule_lines(shown),
        "manageable": [one.pk for one in shown if permissions.may_manage(request, one)],
    }
    return render(request, "supervision/backoffice/rules.html", context)


@requires("supervision.manage_rules")
def new_rule(request: HttpRequest) -> HttpResponse:
    return _write(request, None)


@requires("supervision.manage_rules")
def rule(request: HttpRequest, key: int) -> HttpResponse:
    return _write(request, get_object_or_404(_manageable(request), pk=key))


@requires("supervision.manage_rules")
@require_POST
def switch_rule(request: HttpRequest, key: int) -> HttpResponse:
    found = get_object_or_404(_manageable(request), pk=key)
    enabled = request.POST.get("enabled") == "yes"
    set_enabled(rule=found, enabled=enabled, actor=permissions.agent(request).urn, now=clock.now())
    messages.success(request, _("Règle activée.") if enabled else _("Règle désactivée : ses alarmes sont closes."))
    return redirect("backoffice:supervision:rules")


def _write(request: HttpRequest, known: Rule | None) -> HttpResponse:
    everywhere = rights_of(request).may(permissions.MANAGE_RULES, organisation=None, area=None)
    form = RuleForm(
        request.POST if request.method == "POST" else None,
        organisations=_organisations(request),
        everywhere=everywhere,
        rule=known,
    )
    tried: Preview | None = None
    if request.method == "POST" and form.is_valid():
        if "preview" not in request.POST:
            return _save(request, known, form.draft())
        tried = _try(form.draft())
    context = {"form": form, "rule": known, "preview": tried}
    return render(request, "supervision/backoffice/rule.html", context)


def _save(request: HttpRequest, known: Rule | None, draft: RuleDraft) -> HttpResponse:
    actor = permissions.agent(request).urn
    if known is None:
        create_rule(draft=draft, actor=actor, now=clock.now())
        messages.success(request, _("Règle créée : elle surveille dès maintenant."))
    else:
        update_rule(rule=known, draft=draft, actor=actor, now=clock.now())
        messages.success(request, _("Règle enregistrée."))
    return redirect("backoffice:supervision:rules")


def _try(draft: RuleDraft) -> Preview:
    return preview(
        entity_type=draft.entity_type,
        attribute=draft.attribute,
        organisation_id=draft.organisation_id,
        condition=draft.condition,
        now=clock.now(),
    )


def _manageable(request: HttpRequest) -> QuerySet[Rule]:
    scope = rights_of(request).scope(permissions.MANAGE_RULES)
    return scope.filter(Rule.objects.all(), area=None)


def _organisations(request: HttpRequest) -> QuerySet[Organisation]:
    scope = rights_of(request).scope(permissions.MANAGE_RULES)
    if scope.nowhere:
        raise PermissionDenied
    return scope.filter(Organisation.objects.order_by("name", "id"), organisation="pk", area=None)
