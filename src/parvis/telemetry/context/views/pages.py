"""Things, listed and one by one: the same pages in the control room and in the back office."""

from urllib.parse import quote

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.territory.selectors import communes
from parvis.kernel.access import requires
from parvis.kernel.urn import MalformedUrn, Urn
from parvis.telemetry.context import selectors
from parvis.telemetry.context.console import answering, instances
from parvis.telemetry.context.console.rights import caller_of
from parvis.telemetry.context.models import CITY, Entity
from parvis.telemetry.context.ngsild.rendering import Kind, Representation
from parvis.telemetry.context.presenting import facts, type_icon, type_label
from parvis.telemetry.context.states import LABELS, STATES, TONES
from parvis.telemetry.context.store.reading import load
from parvis.telemetry.context.store.values import Stored

PAGE_SIZE = 25

DRAWINGS = {
    "normalized": (_("normalisé"), Representation(sys_attrs=True), False),
    "concise": (_("concis"), Representation(kind=Kind.CONCISE, sys_attrs=True), False),
    "simplified": (_("simplifié"), Representation(kind=Kind.SIMPLIFIED), False),
    "json-ld": (_("JSON-LD, avec son contexte"), Representation(), True),
}
"""How the document of a thing is drawn: label, representation, whether with `@context`."""


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
    stored = _stored(request, urn)
    known = facts(thing)
    view = request.GET.get("view", "")
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
        "panels_urn": urn if _has_panels(urn) else "",
        "instances": instances.shown(stored),
        "view": view,
        "drawings": [(name, label) for name, (label, _how, _with) in DRAWINGS.items()],
        "document": _drawn(stored, view),
        "present_url": _api(f"entities/{quote(urn, safe=':')}"),
        "past_url": _api(f"temporal/entities/{quote(urn, safe=':')}"),
    }
    return render(request, "context/entity.html", context)


def _stored(request: HttpRequest, urn: str) -> Stored:
    """As the broker holds it, without what is personal. Raises Http404 when it has expired."""
    caller = caller_of(request)
    thing = load([urn], tenant_id=CITY, now=caller.now).get(urn)
    seen = None if thing is None else caller.sees(thing)
    if seen is None:
        raise Http404
    return seen


def _drawn(thing: Stored, view: str) -> str:
    _label, how, with_context = DRAWINGS.get(view, DRAWINGS["normalized"])
    return answering.as_json(answering.document(thing, how, with_context=with_context))


def _has_panels(urn: str) -> bool:
    """Packages speak of things by their NGSI-LD URN; other programs may name theirs by any URI."""
    try:
        Urn.parse(urn)
    except MalformedUrn:
        return False
    return True


def _api(path: str) -> str:
    return f"{settings.PARVIS_SITE_URL}/ngsi-ld/v1/{path}"


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
