"""The end of the guided path: what to copy in the network server, and the wait for the first reading."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.identity.permissions import may_make_token
from parvis.foundations.identity.tokens import create_token
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.context.presenting import facts
from parvis.telemetry.devices import permissions, selectors, starting
from parvis.telemetry.devices.forms.starting import SourceStep
from parvis.telemetry.devices.howto import HOW_TO
from parvis.telemetry.devices.ingestion import OutcomeStatus
from parvis.telemetry.devices.models import DeviceProfile, Source
from parvis.telemetry.devices.services.replaying import replay_one
from parvis.telemetry.devices.services.sources import save_source
from parvis.telemetry.devices.views.start_page import devices_of, page, profile_of

UPLINK_SCOPE = "devices.uplink"
TOKEN_DAYS = 365


@requires("devices.manage")
def source(request: HttpRequest, key: int) -> HttpResponse:
    profile = profile_of(request, key)
    is_new = request.method == "POST"
    form = SourceStep(
        request.POST if is_new else None,
        organisations=permissions.owners(request),
        everywhere=permissions.reach(request, permissions.MANAGE) is None,
    )
    if is_new and form.is_valid():
        made = save_source(source=form.source(), actor=permissions.agent(request).urn, now=clock.now())
        return redirect(_first_url(profile, made))
    known = permissions.shared(request, selectors.sources().filter(is_active=True))
    rows = [(one, _first_url(profile, one)) for one in known.order_by("label", "id")]
    return page(request, "start_source", profile, {"form": form, "sources": rows})


@requires("devices.manage")
@never_cache
@require_GET
def first(request: HttpRequest, key: int) -> HttpResponse:
    profile = profile_of(request, key)
    return page(request, "start_first", profile, _waiting(request, profile, _source(request, request.GET)))


@requires("devices.manage")
@never_cache
@require_GET
def state(request: HttpRequest, key: int) -> HttpResponse:
    """The part of the page that a script asks for again and again."""
    profile = profile_of(request, key)
    context = _waiting(request, profile, _source(request, request.GET))
    return render(request, "devices/start_state.html", {"profile": profile, **context})


@requires("devices.manage")
@never_cache
@require_POST
def token(request: HttpRequest, key: int) -> HttpResponse:
    """A token for the source, shown once, on the page that waits."""
    profile, chosen = profile_of(request, key), _source(request, request.POST)
    if chosen is None or not _may_make_token(request, chosen):
        raise PermissionDenied
    now = clock.now()
    _made, secret = create_token(
        name=chosen.label,
        scopes=[UPLINK_SCOPE],
        organisation=chosen.organisation,
        expires_at=now + timedelta(days=TOKEN_DAYS),
        created_by=permissions.agent(request),
        now=now,
    )
    return page(request, "start_first", profile, {"secret": secret, **_waiting(request, profile, chosen)})


@requires("devices.manage")
@require_POST
def replay(request: HttpRequest, key: int) -> HttpResponse:
    """What came too early, or before a mistake was mended."""
    profile = profile_of(request, key)
    heard = starting.heard(devices_of(request, profile))
    mine = permissions.visible_uplinks(request, selectors.uplinks(), permissions.MANAGE)
    wanted = {one.pk for one in heard.rejected}
    outcomes = [replay_one(uplink=one, now=clock.now()) for one in mine.filter(pk__in=wanted).order_by("id")]
    accepted = sum(outcome.status is OutcomeStatus.ACCEPTED for outcome in outcomes)
    text = ngettext(
        "%(count)d remontée rejouée, %(accepted)d acceptée.",
        "%(count)d remontées rejouées, %(accepted)d acceptées.",
        len(outcomes),
    )
    tell = messages.success if accepted else messages.warning
    tell(request, text % {"count": len(outcomes), "accepted": accepted})
    chosen = _source(request, request.POST)
    return redirect(_first_url(profile, chosen))


def _waiting(request: HttpRequest, profile: DeviceProfile, chosen: Source | None) -> dict[str, Any]:
    mine = devices_of(request, profile)
    heard, now = starting.heard(mine), clock.now()
    reading = heard.reading
    thing = reading.device.entity if reading and reading.device else None
    measured = {row["attribute"] for row in profile.mapping}
    return {
        "source": chosen,
        "how_to": HOW_TO[chosen.server] if chosen else None,
        "webhook": f"{settings.PARVIS_SITE_URL}/ingest/{chosen.slug}" if chosen else "",
        "broker": bool(settings.PARVIS_MQTT_URL),
        "may_make_token": chosen is not None and _may_make_token(request, chosen),
        "heard": heard,
        "told": starting.count_devices(mine),
        "thing": thing,
        "facts": [fact for fact in facts(thing) if fact.name in measured] if thing else [],
        "strangers": starting.strangers(chosen, now=now) if chosen and reading is None else [],
        "state_url": _with_source(reverse("backoffice:devices:start_state", args=[profile.pk]), chosen),
        "here": _first_url(profile, chosen),
    }


def _source(request: HttpRequest, given: Mapping[str, Any]) -> Source | None:
    """The one chosen; else the one that spoke last."""
    known = permissions.shared(request, selectors.sources().filter(is_active=True))
    number = str(given.get("source", ""))
    if number.isascii() and number.isdecimal() and len(number) < 19:
        return known.filter(pk=int(number)).first()
    return known.filter(last_received_at__isnull=False).order_by("-last_received_at").first()


def _may_make_token(request: HttpRequest, chosen: Source) -> bool:
    return not chosen.signature and may_make_token(rights_of(request), chosen.organisation, frozenset({UPLINK_SCOPE}))


def _first_url(profile: DeviceProfile, chosen: Source | None) -> str:
    return _with_source(reverse("backoffice:devices:start_first", args=[profile.pk]), chosen)


def _with_source(url: str, chosen: Source | None) -> str:
    return f"{url}?source={chosen.pk}" if chosen else url
