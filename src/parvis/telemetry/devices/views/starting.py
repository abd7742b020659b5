"""The guided path: from a maker's codec and list of devices to the first reading on the map. Each step can be opened alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from parvis.foundations.identity.middleware import rights_of
from parvis.foundations.identity.permissions import may_make_token
from parvis.foundations.identity.tokens import create_token
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal
from parvis.telemetry.context.presenting import facts
from parvis.telemetry.devices import permissions, selectors, starting
from parvis.telemetry.devices.forms.starting import ListStep, ModelStep, PlaceStep, SourceStep
from parvis.telemetry.devices.importing import unpacked as unzipped
from parvis.telemetry.devices.importing.keeping import import_codec
from parvis.telemetry.devices.ingestion import OutcomeStatus
from parvis.telemetry.devices.models import Codec, Device, DeviceProfile, Source
from parvis.telemetry.devices.rules.device_list import PROFILE
from parvis.telemetry.devices.services.keeping import save_profile
from parvis.telemetry.devices.services.registering import DeviceList, Report, read_devices_csv, register
from parvis.telemetry.devices.services.replaying import replay_one
from parvis.telemetry.devices.services.sources import save_source
from parvis.telemetry.devices.services.starting import begin_profile, put_on_map, put_on_thing
from parvis.telemetry.devices.views.carrying import packed, unpacked
from parvis.telemetry.devices.views.desk import desk

UNDER_WAY_SHOWN = 5
PLACES_PER_PAGE = 10
UPLINK_SCOPE = "devices.uplink"
TOKEN_DAYS = 365

STEPS: Mapping[str, str | Promise] = {
    "start": gettext_lazy("Le codec"),
    "start_mapping": gettext_lazy("La correspondance"),
    "start_devices": gettext_lazy("Les capteurs"),
    "start_source": gettext_lazy("La source"),
    "start_first": gettext_lazy("La première mesure"),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    label: str | Promise
    url: str
    is_current: bool
    is_done: bool


@requires("devices.manage")
def start(request: HttpRequest) -> HttpResponse:
    form = ModelStep(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        organisations=permissions.owners(request),
        everywhere=permissions.reach(request, permissions.MANAGE) is None,
        codecs=permissions.shared(request, Codec.objects.latest_versions().order_by("name", "-version")),
    )
    if request.method == "POST" and form.is_valid() and (made := _begin(request, form)):
        return redirect("backoffice:devices:start_mapping", made.pk)
    under_way = starting.under_way(permissions.shared(request, DeviceProfile.objects.order_by("-pk")))
    context = {"form": form, "steps": _steps(None, "start"), "under_way": list(under_way[:UNDER_WAY_SHOWN])}
    return render(request, "devices/start.html", context)


def _begin(request: HttpRequest, form: ModelStep) -> DeviceProfile | None:
    """None when the files hold no codec that can serve."""
    given, actor, now = form.cleaned_data, permissions.agent(request).urn, clock.now()
    codec = given["codec"]
    if given["files"]:
        try:
            files = {path: data for name, sent in given["files"].items() for path, data in unzipped(name, sent).items()}
            codec = import_codec(files, organisation=given["organisation"], actor=actor, now=now)
        except Refusal as refused:
            form.add_error("files", str(refused))
            return None
        passed = sum(row["passed"] for row in codec.examples)
        if codec.examples:
            text = ngettext(
                "Codec importé : %(passed)d exemple sur %(all)d donne ce que le fabricant attend.",
                "Codec importé : %(passed)d exemples sur %(all)d donnent ce que le fabricant attend.",
                passed,
            )
            tell = messages.success if passed == len(codec.examples) else messages.warning
            tell(request, text % {"passed": passed, "all": len(codec.examples)})
    return begin_profile(
        name=given["name"],
        entity_type=given["entity_type"],
        codec=codec,
        organisation=given["organisation"],
        actor=actor,
        now=now,
    )


@requires("devices.manage")
def mapping(request: HttpRequest, key: int) -> HttpResponse:
    profile = _profile(request, key)
    if not permissions.may_manage(request, profile):
        raise PermissionDenied
    opened = desk(request, profile)
    if kept := opened.kept():
        save_profile(profile=kept, actor=permissions.agent(request).urn, now=clock.now())
        return redirect("backoffice:devices:start_devices", key)
    return _page(request, "start_mapping", profile, {"desk": opened})


@requires("devices.manage")
def devices(request: HttpRequest, key: int) -> HttpResponse:
    profile = _profile(request, key)
    context: dict[str, Any] = {"form": ListStep()}
    if "carried" in request.POST:
        return _register(request, profile, request.POST["carried"])
    if request.method == "POST":
        form = context["form"] = ListStep(request.POST, request.FILES)
        if form.is_valid():
            context |= _trial(request, profile, form)
    mine = _devices(request, profile)
    places = Paginator(starting.nowhere(mine).select_related("entity").order_by("name", "pk"), PLACES_PER_PAGE)
    context |= {"told": starting.count_devices(mine), "page": places.get_page(request.GET.get("page"))}
    return _page(request, "start_devices", profile, context)


def _trial(request: HttpRequest, profile: DeviceProfile, form: ListStep) -> dict[str, Any]:
    """What the list would do, and the list to send back: without the keys that were in it."""
    try:
        listed = _of_profile(read_devices_csv(form.cleaned_data["file"]))
    except Refusal as refused:
        form.add_error("file", str(refused))
        return {}
    report = _registered(request, profile, listed, dry_run=True)
    return {"report": report, "carried": packed(listed)}


def _register(request: HttpRequest, profile: DeviceProfile, carried: str) -> HttpResponse:
    listed = unpacked(carried)
    if listed is None:
        messages.error(request, _("Rien n’a été enregistré : envoyez le fichier de nouveau."))
    else:
        messages.success(request, str(_registered(request, profile, _of_profile(listed), dry_run=False)))
    return redirect("backoffice:devices:start_devices", profile.pk)


def _registered(request: HttpRequest, profile: DeviceProfile, listed: DeviceList, *, dry_run: bool) -> Report:
    return register(
        listed,
        dry_run=dry_run,
        actor=permissions.agent(request).urn,
        now=clock.now(),
        profile=profile,
        organisation=profile.organisation or permissions.owners(request).first(),
        reach=permissions.reach(request, permissions.MANAGE),
    )


def _of_profile(listed: DeviceList) -> DeviceList:
    """All devices of the list are of this model, whatever the maker calls it."""
    rows = [
        replace(row, values={name: value for name, value in row.values.items() if name != PROFILE})
        for row in listed.rows
    ]
    return replace(listed, rows=rows)


@requires("devices.manage")
def place(request: HttpRequest, key: int, device: int) -> HttpResponse:
    profile = _profile(request, key)
    found = get_object_or_404(_devices(request, profile).select_related("profile", "entity__organisation"), pk=device)
    if not permissions.may_manage(request, found):
        raise PermissionDenied
    form = PlaceStep(request.POST if request.method == "POST" else None, things=permissions.things(request))
    if request.method == "POST" and form.is_valid():
        reach, actor, now = permissions.reach(request, permissions.MANAGE), permissions.agent(request).urn, clock.now()
        given = form.cleaned_data
        if given["thing"] is not None:
            report = put_on_thing(device=found, thing=given["thing"], reach=reach, actor=actor, now=now)
        else:
            longitude, latitude = given["longitude"], given["latitude"]
            report = put_on_map(device=found, longitude=longitude, latitude=latitude, reach=reach, actor=actor, now=now)
        if not report.refused:
            messages.success(request, _("%(name)s est sur la carte.") % {"name": found.name})
            return redirect("backoffice:devices:start_devices", key)
        form.add_error(None, report.refused[0].reason)
    return _page(request, "start_place", profile, {"form": form, "device": found}, step="start_devices")


@requires("devices.manage")
def source(request: HttpRequest, key: int) -> HttpResponse:
    profile = _profile(request, key)
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
    return _page(request, "start_source", profile, {"form": form, "sources": rows})


@requires("devices.manage")
@never_cache
@require_GET
def first(request: HttpRequest, key: int) -> HttpResponse:
    profile = _profile(request, key)
    return _page(request, "start_first", profile, _waiting(request, profile, _source(request, request.GET)))


@requires("devices.manage")
@never_cache
@require_GET
def state(request: HttpRequest, key: int) -> HttpResponse:
    """The part of the page that a script asks for again and again."""
    profile = _profile(request, key)
    context = _waiting(request, profile, _source(request, request.GET))
    return render(request, "devices/start_state.html", {"profile": profile, **context})


@requires("devices.manage")
@never_cache
@require_POST
def token(request: HttpRequest, key: int) -> HttpResponse:
    """A token for the source, shown once, on the page that waits."""
    profile, chosen = _profile(request, key), _source(request, request.POST)
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
    return _page(request, "start_first", profile, {"secret": secret, **_waiting(request, profile, chosen)})


@requires("devices.manage")
@require_POST
def replay(request: HttpRequest, key: int) -> HttpResponse:
    """What came too early, or before a mistake was mended."""
    profile = _profile(request, key)
    heard = starting.heard(_devices(request, profile))
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
    mine = _devices(request, profile)
    heard, now = starting.heard(mine), clock.now()
    reading = heard.reading
    thing = reading.device.entity if reading and reading.device else None
    measured = {row["attribute"] for row in profile.mapping}
    return {
        "source": chosen,
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


def _profile(request: HttpRequest, key: int) -> DeviceProfile:
    return get_object_or_404(permissions.shared(request, selectors.profiles()), pk=key)


def _devices(request: HttpRequest, profile: DeviceProfile) -> QuerySet[Device]:
    return permissions.visible(request, Device.objects.filter(profile=profile))


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


def _page(
    request: HttpRequest, name: str, profile: DeviceProfile, context: Mapping[str, Any], *, step: str = ""
) -> HttpResponse:
    told = context.get("told") or starting.count_devices(_devices(request, profile))
    heard = context.get("heard") or starting.heard(_devices(request, profile))
    done = {
        "start": True,
        "start_mapping": bool(profile.mapping),
        "start_devices": told.count > 0,
        "start_source": bool(heard.latest or heard.early),
        "start_first": heard.reading is not None,
    }
    steps = _steps(profile, step or name, done)
    return render(request, f"devices/{name}.html", {"profile": profile, "steps": steps, **context})


def _steps(profile: DeviceProfile | None, current: str, done: Mapping[str, bool] | None = None) -> list[Step]:
    """Those after the first lead somewhere once there is a profile."""
    steps = []
    for name, label in STEPS.items():
        url = "" if profile is None or name == "start" else reverse(f"backoffice:devices:{name}", args=[profile.pk])
        is_done = bool(done and done[name]) and name != current
        steps.append(Step(label=label, url=url, is_current=name == current, is_done=is_done))
    return steps
