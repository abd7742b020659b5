"""The beginning of the guided path: from a maker's codec and list of devices to devices on the map. Each step can be opened alone."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal
from parvis.telemetry.devices import permissions, starting
from parvis.telemetry.devices.forms.starting import ListStep, ModelStep, PlaceStep
from parvis.telemetry.devices.importing import unpacked as unzipped
from parvis.telemetry.devices.importing.keeping import import_codec
from parvis.telemetry.devices.models import Codec, DeviceProfile
from parvis.telemetry.devices.rules.device_list import PROFILE
from parvis.telemetry.devices.services.keeping import save_profile
from parvis.telemetry.devices.services.registering import DeviceList, Report, read_devices_csv, register
from parvis.telemetry.devices.services.starting import begin_profile, put_on_map, put_on_thing
from parvis.telemetry.devices.views.carrying import packed, unpacked
from parvis.telemetry.devices.views.desk import desk
from parvis.telemetry.devices.views.start_page import devices_of, page, profile_of, steps_of

UNDER_WAY_SHOWN = 5
PLACES_PER_PAGE = 10


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
    context = {"form": form, "steps": steps_of(None, "start"), "under_way": list(under_way[:UNDER_WAY_SHOWN])}
    return render(request, "devices/start.html", context)


def _begin(request: HttpRequest, form: ModelStep) -> DeviceProfile | None:
    """None when the files hold no codec that can serve."""
    given, actor, now = form.cleaned_data, permissions.agent(request).urn, clock.now()
    codec = given["codec"]
    if given["codec_files"]:
        try:
            files = {
                path: data for name, sent in given["codec_files"].items() for path, data in unzipped(name, sent).items()
            }
            codec = import_codec(files, organisation=given["organisation"], actor=actor, now=now)
        except Refusal as refused:
            form.add_error("codec_files", str(refused))
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
    profile = profile_of(request, key)
    if not permissions.may_manage(request, profile):
        raise PermissionDenied
    opened = desk(request, profile)
    if kept := opened.kept():
        save_profile(profile=kept, actor=permissions.agent(request).urn, now=clock.now())
        return redirect("backoffice:devices:start_devices", key)
    return page(request, "start_mapping", profile, {"desk": opened})


@requires("devices.manage")
def devices(request: HttpRequest, key: int) -> HttpResponse:
    profile = profile_of(request, key)
    context: dict[str, Any] = {"form": ListStep()}
    if "carried" in request.POST:
        return _register(request, profile, request.POST["carried"])
    if request.method == "POST":
        form = context["form"] = ListStep(request.POST, request.FILES)
        if form.is_valid():
            context |= _trial(request, profile, form)
    mine = devices_of(request, profile)
    places = Paginator(starting.nowhere(mine).select_related("entity").order_by("name", "pk"), PLACES_PER_PAGE)
    context |= {"told": starting.count_devices(mine), "page": places.get_page(request.GET.get("page"))}
    return page(request, "start_devices", profile, context)


def _trial(request: HttpRequest, profile: DeviceProfile, form: ListStep) -> dict[str, Any]:
    """What the list would do, and the list to send back: without the keys that were in it."""
    try:
        listed = _of_profile(read_devices_csv(form.cleaned_data["file"]), profile)
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
        messages.success(request, str(_registered(request, profile, _of_profile(listed, profile), dry_run=False)))
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


def _of_profile(listed: DeviceList, profile: DeviceProfile) -> DeviceList:
    """All devices of the list are of this model, whatever the maker calls it and whatever they were until now."""
    rows = [replace(row, values={**row.values, PROFILE: profile.name}) for row in listed.rows]
    return replace(listed, rows=rows)


@requires("devices.manage")
def place(request: HttpRequest, key: int, device: int) -> HttpResponse:
    profile = profile_of(request, key)
    found = get_object_or_404(devices_of(request, profile).select_related("profile", "entity__organisation"), pk=device)
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
    return page(request, "start_place", profile, {"form": form, "device": found}, step="start_devices")
