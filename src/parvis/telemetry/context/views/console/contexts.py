"""@contexts: those held, where they come from, loading one by hand where the network does not reach."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.context.broker.problems import BadRequestData, LdError
from parvis.telemetry.context.console import selectors, services
from parvis.telemetry.context.console.answering import as_json
from parvis.telemetry.context.console.rights import ADMINISTER, VIEW, check_whole
from parvis.telemetry.context.forms.contexts import LoadContextForm
from parvis.telemetry.context.forms.filters import ContextFilterForm
from parvis.telemetry.context.jsonld import hits
from parvis.telemetry.context.jsonld.core import CORE_URL, core_document
from parvis.telemetry.context.jsonld.documents import OPERATOR
from parvis.telemetry.context.jsonld.places import own_url, product_url
from parvis.telemetry.context.jsonld.product import product_document
from parvis.telemetry.context.models import CITY, ContextKind, JsonLdContext
from parvis.telemetry.context.views.console.asker import agent, confirmation, console, page_of

BY_HAND = "by-hand"


@requires(VIEW)
@require_safe
def contexts(request: HttpRequest) -> HttpResponse:
    check_whole(request)
    hits.flush()
    form = ContextFilterForm(request.GET)
    form.is_valid()
    kind = form.cleaned_data.get("kind", "")
    rows = selectors.contexts()
    if kind == BY_HAND:
        rows = rows.filter(tenant_id=OPERATOR)
    elif kind:
        rows = rows.filter(kind=kind).exclude(tenant_id=OPERATOR)
    page = page_of(request, rows)
    tenants = selectors.tenant_names()
    context = {
        **console(request, "contexts"),
        "filter": form,
        "page": page,
        "rows": [_told(row, tenants) for row in page],
        "bundled": [{"name": "core", "url": CORE_URL}, {"name": "parvis", "url": product_url()}],
    }
    return render(request, "context/console/contexts.html", context)


@requires(VIEW)
@require_safe
def bundled(request: HttpRequest, name: str) -> HttpResponse:
    check_whole(request)
    known = {"core": (CORE_URL, core_document), "parvis": (product_url(), product_document)}
    if name not in known:
        raise Http404
    url, document = known[name]
    context = {**console(request, "contexts"), "url": url, "document": as_json(document()), "row": None}
    return render(request, "context/console/context.html", context)


@requires(VIEW)
@require_safe
def context(request: HttpRequest, key: int) -> HttpResponse:
    check_whole(request)
    hits.flush()
    row = get_object_or_404(JsonLdContext, pk=key)
    told = _told(row, selectors.tenant_names())
    names = [name for name in (row.url, own_url(row.local_id)) if name]
    shown = {
        **console(request, "contexts"),
        **told,
        "document": as_json(row.body),
        "users": selectors.users_of(row, names),
        "may_reload": row.kind == ContextKind.CACHED and not told["by_hand"],
    }
    return render(request, "context/console/context.html", shown)


@requires(ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def load(request: HttpRequest) -> HttpResponse:
    check_whole(request, ADMINISTER)
    form = LoadContextForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        url, body = form.cleaned_data["url"], form.cleaned_data["document"].read()
        try:
            made = services.load_context(url=url, body=body, by=agent(request), now=clock.now())
        except BadRequestData as error:
            form.add_error(
                "document",
                _("Ce fichier n’est pas un contexte JSON-LD utilisable : %(why)s.") % {"why": error.detail},
            )
        else:
            messages.success(request, _("Le contexte est chargé.") if made else _("Le contexte est remplacé."))
            return redirect("backoffice:context:contexts")
    return render(
        request,
        "context/console/load_context.html",
        {**console(request, "contexts"), "form": form},
        status=422 if form.errors else 200,
    )


@requires(ADMINISTER)
@require_POST
def reload(request: HttpRequest, key: int) -> HttpResponse:
    check_whole(request, ADMINISTER)
    row = get_object_or_404(JsonLdContext.objects.exclude(tenant_id=OPERATOR), pk=key, kind=ContextKind.CACHED)
    try:
        services.reload_context(row=row, by=agent(request), now=clock.now())
    except LdError as error:
        messages.error(
            request, _("Le document n’a pas pu être repris, l’ancien reste : %(why)s.") % {"why": error.detail}
        )
    else:
        messages.success(request, _("Le document vient d’être repris à sa source."))
    return redirect("backoffice:context:context", key)


@requires(ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, key: int) -> HttpResponse:
    check_whole(request, ADMINISTER)
    row = get_object_or_404(JsonLdContext, pk=key)
    if request.method == "POST":
        services.remove_context(row=row, by=agent(request), now=clock.now())
        messages.success(request, _("Le contexte est supprimé."))
        return redirect("backoffice:context:contexts")
    return confirmation(
        request,
        here="contexts",
        title=_("Supprimer ce contexte ?"),
        text=_("Les programmes qui le nomment recevront une erreur, à moins qu’il puisse être repris à son adresse.")
        if row.kind == ContextKind.CACHED
        else _("Les programmes qui le nomment recevront une erreur."),
        button=_("Supprimer le contexte"),
        back=reverse("backoffice:context:context", args=[key]),
        what=row.url or own_url(row.local_id),
    )


def _told(row: JsonLdContext, tenants: dict[int, str]) -> dict[str, Any]:
    by_hand = row.tenant_id == OPERATOR
    return {
        "row": row,
        "url": row.url or own_url(row.local_id),
        "by_hand": by_hand,
        "origin": _("chargé à la main") if by_hand else row.get_kind_display(),
        "tenant": "" if row.tenant_id in (CITY, OPERATOR) else tenants.get(row.tenant_id, ""),
    }
