"""Things, listed and one by one: the same pages in the control room and in the back office."""

import json

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.territory.selectors import communes
from parvis.kernel.access import requires
from parvis.telemetry.context import selectors
from parvis.telemetry.context.documents import normalized
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.presenting import facts, type_icon, type_label
from parvis.telemetry.context.states import LABELS, STATES, TONES

PAGE_SIZE = 25


@requires("context.view")
def things(request: HttpRequest, shell: str) -> HttpResponse:
    wanted = _filter(request)
    found = rights_of(request).scope("context.view").filter(selectors.things(wanted))
    areas = {area.code: area.name for area in communes()}
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "base": f"{shell}/base.html",
        "shell_home": f"{shell}:{shell}:home",
        "detail": f"{shell}:context:entity",
        "page": page,
        "rows": [_row(one, areas) for one in page],
        "wanted": wanted,
        "types": [(name, type_label(name, plural=True)) for name in selectors.known_types()],
        "areas": areas,
        "states": [(code, LABELS[state]) for code, state in enumerate(STATES)],
        "owners": selectors.owners(),
    }
    return render(request, "context/things.html", context)


@requires("context.view")
def entity(request: HttpRequest, urn: str, shell: str) -> HttpResponse:
    found = (
        rights_of(request).scope("context.view").filter(Entity.objects.filter(urn=urn).select_related("organisation"))
    )
    thing = found.first()
    if thing is None:
        raise Http404
    known = facts(thing)
    areas = {area.code: area.name for area in communes()}
    context = {
        "base": f"{shell}/base.html",
        "shell_home": f"{shell}:{shell}:home",
        "things": f"{shell}:context:things",
        "detail": f"{shell}:context:entity",
        "thing": thing,
        "row": _row(thing, areas),
        "facts": known,
        "names": selectors.names_of([fact.target for fact in known if fact.target]),
        "document": json.dumps(normalized(thing, system=True), ensure_ascii=False, indent=2),
    }
    return render(request, "context/entity.html", context)


def _row(thing: Entity, areas: dict[str, str]) -> dict[str, object]:
    return {
        "thing": thing,
        "type": type_label(thing.type),
        "icon": type_icon(thing.type),
        "area": areas.get(thing.area_code, ""),
        "state": LABELS[thing.thing_state],
        "tone": TONES[thing.thing_state],
    }


def _filter(request: HttpRequest) -> selectors.ThingFilter:
    """From the address; what makes no sense narrows nothing."""
    state, owner = request.GET.get("state", ""), request.GET.get("owner", "")
    return selectors.ThingFilter(
        text=request.GET.get("q", "").strip().replace("\0", "")[:200],
        type=request.GET.get("type", "").replace("\0", ""),
        area_code=request.GET.get("area", "").replace("\0", ""),
        state=int(state) if state.isascii() and state.isdigit() and int(state) < len(STATES) else None,
        organisation_id=int(owner) if owner.isascii() and owner.isdigit() and len(owner) < 19 else None,
    )
