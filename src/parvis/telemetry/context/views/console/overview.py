"""The broker at a glance: what it holds, who follows it, what fails."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import npgettext
from django.views.decorators.http import require_safe

from parvis.foundations.identity.middleware import rights_of
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.context.console import selectors
from parvis.telemetry.context.console.health import Health
from parvis.telemetry.context.console.rights import VIEW, has_whole
from parvis.telemetry.context.federation.counting import counter
from parvis.telemetry.context.models import JsonLdContext, QueuedNotification, Registration
from parvis.telemetry.context.views.console.asker import console
from parvis.telemetry.context.views.console.subscriptions import seen
from parvis.telemetry.context.views.console.types import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    label: str
    count: int
    icon: str
    url: str


@requires(VIEW)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    context = {
        **console(request, "overview"),
        "figures": _figures(request),
        "troubles": _troubles(request),
        "api": f"{settings.PARVIS_SITE_URL}/ngsi-ld/v1",
        "tokens": reverse("backoffice:identity:tokens") if rights_of(request).may("identity.tokens") else "",
    }
    return render(request, "context/console/overview.html", context)


def _figures(request: HttpRequest) -> list[Figure]:
    """Subscriptions and what is beside them as far as the agent may see them."""
    types = counted(request)
    kinds, things, followers = len(types), sum(types.values()), seen(request).count()
    found = [
        _figure(npgettext("figure", "type", "types", kinds), kinds, "shapes", "types"),
        _figure(npgettext("figure", "objet", "objets", things), things, "radio-tower", "query"),
        _figure(npgettext("figure", "abonnement", "abonnements", followers), followers, "bell", "subscriptions"),
    ]
    if has_whole(request):
        sources, contexts = Registration.objects.count(), JsonLdContext.objects.count()
        found += [
            _figure(
                npgettext("figure", "source de contexte", "sources de contexte", sources),
                sources,
                "waypoints",
                "sources",
            ),
            _figure(
                npgettext("figure", "contexte JSON-LD", "contextes JSON-LD", contexts), contexts, "braces", "contexts"
            ),
        ]
    return found


def _troubles(request: HttpRequest) -> list[Figure]:
    """What asks for somebody's attention; nothing when all is well."""
    now = clock.now()
    mine = seen(request)
    failing = selectors.subscriptions_in(mine, Health.FAILING, now).count()
    dead = QueuedNotification.objects.filter(subscription__in=mine.values("pk"), dead=True).count()
    found = [
        _figure(
            npgettext("figure", "abonnement en échec", "abonnements en échec", failing),
            failing,
            "circle-alert",
            "subscriptions",
            "?health=failing",
        ),
        _figure(
            npgettext("figure", "envoi abandonné", "envois abandonnés", dead),
            dead,
            "circle-x",
            "subscriptions",
            "?health=dead",
        ),
    ]
    if has_whole(request):
        counter.flush()
        silent = selectors.failing_sources(now).count()
        found.append(
            _figure(
                npgettext("figure", "source en échec", "sources en échec", silent), silent, "circle-alert", "sources"
            )
        )
    return [figure for figure in found if figure.count]


def _figure(label: str, count: int, icon: str, view: str, query: str = "") -> Figure:
    return Figure(label=label, count=count, icon=icon, url=reverse(f"backoffice:context:{view}") + query)
