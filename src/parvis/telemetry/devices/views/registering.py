"""A list of devices: sent, tried without keeping anything, then confirmed. What was tried travels in the page, keys left out."""

import csv
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.devices import permissions
from parvis.telemetry.devices.forms.devices import ConfirmedListForm, DeviceListForm
from parvis.telemetry.devices.models import DeviceProfile
from parvis.telemetry.devices.rules.device_list import COLUMNS
from parvis.telemetry.devices.services.registering import (
    DeviceList,
    ListRefused,
    Report,
    read_devices_csv,
    register,
)
from parvis.telemetry.devices.views.carrying import packed, unpacked

REFUSED_SHOWN = 100
_LARGEST_FIELD = 4_000_000  # letters; Django refuses forms of more than 5 MB


@requires("devices.manage")
def upload(request: HttpRequest) -> HttpResponse:
    form = DeviceListForm(
        request.POST if request.method == "POST" else None, request.FILES or None, **_offered(request)
    )
    if request.method != "POST" or not form.is_valid():
        return render(request, "devices/register.html", {"form": form, "columns": _columns()})
    try:
        devices = read_devices_csv(form.cleaned_data["file"])
    except ListRefused as refused:
        form.add_error("file", str(refused))
        return render(request, "devices/register.html", {"form": form, "columns": _columns()})
    report = _registered(request, devices, form.cleaned_data, dry_run=True)
    carried = packed(devices)
    context = {
        "report": report,
        "refused": report.refused[:REFUSED_SHOWN],
        "carried": carried if len(carried) <= _LARGEST_FIELD else "",
        "profile": form.cleaned_data["profile"],
        "organisation": form.cleaned_data["organisation"],
    }
    return render(request, "devices/register_report.html", context)


@requires("devices.manage")
def confirm(request: HttpRequest) -> HttpResponse:
    """The list again, and this time it is kept."""
    form = ConfirmedListForm(request.POST, **_offered(request))
    devices = unpacked(request.POST.get("carried", "")) if request.method == "POST" and form.is_valid() else None
    if devices is None:
        messages.error(request, _("Rien n’a été enregistré : envoyez le fichier de nouveau."))
        return redirect("backoffice:devices:register")
    report = _registered(request, devices, form.cleaned_data, dry_run=False)
    messages.success(request, str(report))
    if not report.refused:
        return redirect("backoffice:devices:list")
    context = {"report": report, "refused": report.refused[:REFUSED_SHOWN], "carried": ""}
    return render(request, "devices/register_report.html", context)


@requires("devices.manage")
@require_GET
def example(request: HttpRequest) -> HttpResponse:
    """An empty list with our own column names, as a spreadsheet in French opens it."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="capteurs.csv"'
    rows = csv.writer(answer, delimiter=";")
    rows.writerow(["dev_eui", *(aliases[0] for name, aliases in COLUMNS.items() if name != "eui")])
    return answer


def _registered(request: HttpRequest, devices: DeviceList, given: Mapping[str, Any], *, dry_run: bool) -> Report:
    return register(
        devices,
        dry_run=dry_run,
        actor=permissions.agent(request).urn,
        now=clock.now(),
        profile=given["profile"],
        organisation=given["organisation"],
        reach=permissions.reach(request, permissions.MANAGE),
    )


def _offered(request: HttpRequest) -> dict[str, Any]:
    return {
        "organisations": permissions.owners(request),
        "everywhere": permissions.reach(request, permissions.MANAGE) is None,
        "profiles": permissions.shared(request, DeviceProfile.objects.order_by("name")),
    }


def _columns() -> list[tuple[str, str]]:
    """Names of columns, and others they are known by."""
    return [(aliases[0], ", ".join(aliases[1:])) for aliases in COLUMNS.values()]
