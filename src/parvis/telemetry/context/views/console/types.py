"""Types of things: how many there are, which attributes they carry, an example."""

from collections import defaultdict
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from parvis.foundations.identity.middleware import rights_of
from parvis.kernel import clock, units
from parvis.kernel.access import requires
from parvis.telemetry.context.broker.rights import personal_attributes
from parvis.telemetry.context.console import answering, selectors
from parvis.telemetry.context.console.rights import VIEW, caller_of
from parvis.telemetry.context.models import CITY, Entity
from parvis.telemetry.context.ngsild.rendering import Representation
from parvis.telemetry.context.presenting import attribute_label, specs_of, type_icon, type_label
from parvis.telemetry.context.store.reading import load
from parvis.telemetry.context.views.console.asker import PAGE_SIZE, console
from parvis.telemetry.context.vocabulary import iri_of


@requires(VIEW)
@require_safe
def types(request: HttpRequest) -> HttpResponse:
    found = [
        {"name": name, "label": type_label(name, plural=True), "icon": type_icon(name), "iri": iri_of(name), "n": n}
        for name, n in counted(request).items()
    ]
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "context/console/types.html", {**console(request, "types"), "page": page})


@requires(VIEW)
@require_safe
def type_(request: HttpRequest, name: str) -> HttpResponse:
    """By its stored name."""
    things = _living(request).filter(Q(type=name) | Q(more_types__contains=[name]))
    example = things.order_by("-modified_at", "id").values_list("urn", flat=True).first()
    if example is None:
        raise Http404
    carried = selectors.carried_by(things)
    context = {
        **console(request, "types"),
        "name": name,
        "label": type_label(name),
        "iri": iri_of(name),
        "attributes": _attributes(name, carried),
        "count": things.count(),
        "example_urn": example,
        "example": _example(request, example),
    }
    return render(request, "context/console/type.html", context)


def counted(request: HttpRequest) -> dict[str, int]:
    """Things that live, by type."""
    return selectors.types_of(_living(request))


def _living(request: HttpRequest) -> QuerySet[Entity]:
    alive = Entity.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now()))
    return rights_of(request).scope(VIEW).filter(alive)


def _attributes(type_name: str, carried: list[selectors.Carried]) -> list[dict[str, Any]]:
    """Declared ones first, in their order; personal ones never."""
    kinds: dict[str, list[selectors.Carried]] = defaultdict(list)
    for one in carried:
        if one.name not in personal_attributes((type_name,)):
            kinds[one.name].append(one)
    specs = specs_of(type_name)
    ordered = [name for name in specs if name in kinds] + sorted(kinds.keys() - specs.keys())
    return [
        {
            "name": name,
            "label": attribute_label(type_name, name),
            "iri": iri_of(name),
            "kinds": [one.kind for one in kinds[name]],
            "unit": units.symbol(specs[name].unit_code) if name in specs and specs[name].unit_code else "",
            "n": max(one.count for one in kinds[name]),
        }
        for name in ordered
    ]


def _example(request: HttpRequest, urn: str) -> str:
    caller = caller_of(request)
    thing = load([urn], tenant_id=CITY, now=caller.now).get(urn)
    seen = None if thing is None else caller.sees(thing)
    if seen is None:
        raise Http404
    return answering.as_json(answering.document(seen, Representation(), with_context=True))
