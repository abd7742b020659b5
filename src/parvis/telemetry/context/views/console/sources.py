"""Context sources: other brokers and what they hold."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.context.console import health, selectors, services
from parvis.telemetry.context.console.answering import as_json
from parvis.telemetry.context.console.masking import masked, without_password
from parvis.telemetry.context.console.rights import ADMINISTER, VIEW, check_whole
from parvis.telemetry.context.federation.counting import counter
from parvis.telemetry.context.federation.documents import rendered
from parvis.telemetry.context.federation.sources import Mode
from parvis.telemetry.context.jsonld.catalogue import product
from parvis.telemetry.context.models import CITY, Registration
from parvis.telemetry.context.presenting import attribute_label, type_label
from parvis.telemetry.context.views.console.asker import agent, confirmation, console, page_of

MODES: dict[str, str | Promise] = {
    Mode.INCLUSIVE: gettext_lazy("en plus des nôtres"),
    Mode.AUXILIARY: gettext_lazy("à défaut des nôtres"),
    Mode.REDIRECT: gettext_lazy("à la place des nôtres"),
    Mode.EXCLUSIVE: gettext_lazy("elle seule les détient"),
}


@requires(VIEW)
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    check_whole(request)
    counter.flush()
    now = clock.now()
    page = page_of(request, Registration.objects.order_by("id"))
    tenants = selectors.tenant_names()
    rows = [_told(row, health.of_source(row, now), tenants) for row in page]
    return render(request, "context/console/sources.html", {**console(request, "sources"), "page": page, "rows": rows})


@requires(VIEW)
@require_safe
def source(request: HttpRequest, key: int) -> HttpResponse:
    check_whole(request)
    counter.flush()
    row = get_object_or_404(Registration, pk=key)
    context = {
        **console(request, "sources"),
        **_told(row, health.of_source(row, clock.now()), selectors.tenant_names()),
        "document": as_json(masked(rendered(row.urn, row.document, product()))),
    }
    return render(request, "context/console/source.html", context)


@requires(ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, key: int) -> HttpResponse:
    check_whole(request, ADMINISTER)
    row = get_object_or_404(Registration, pk=key)
    if request.method == "POST":
        services.remove_source(source=row, by=agent(request), now=clock.now())
        messages.success(request, _("La source est oubliée."))
        return redirect("backoffice:context:sources")
    return confirmation(
        request,
        here="sources",
        title=_("Oublier cette source ?"),
        text=_("Ce qu’elle détient n’apparaîtra plus dans les réponses du courtier. Rien n’est effacé chez elle."),
        button=_("Oublier la source"),
        back=reverse("backoffice:context:source", args=[key]),
        what=row.urn,
    )


def _told(row: Registration, how: health.Told, tenants: dict[int, str]) -> dict[str, Any]:
    mode = row.document.get("mode", Mode.INCLUSIVE)
    return {
        "row": row,
        "health": how,
        "name": row.document.get("registrationName", ""),
        "mode": mode,
        "mode_label": MODES.get(mode, mode),
        "holds": _holds(row.document),
        "endpoint": without_password(str(row.document["endpoint"])),
        "tenant": "" if row.tenant_id == CITY else tenants.get(row.tenant_id, ""),
    }


def _holds(document: dict[str, Any]) -> str:
    """Types, then attributes, in words."""
    types: list[str] = []
    names: list[str] = []
    for one in document["information"]:
        for entity in one.get("entities", ()):
            types += entity["type"] if isinstance(entity["type"], list) else [entity["type"]]
        names += [*one.get("propertyNames", ()), *one.get("relationshipNames", ())]
    labels = dict.fromkeys(type_label(name, plural=True) for name in types)
    told = dict.fromkeys(attribute_label(types[0] if types else "", name) for name in names)
    return " · ".join(filter(None, (", ".join(labels), ", ".join(told)))) or _("tout")
