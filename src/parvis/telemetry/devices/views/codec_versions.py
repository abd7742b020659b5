"""What one does with versions of a codec: import one, take one back, read again through the one that serves."""

from datetime import datetime, time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.kernel.errors import Refusal
from parvis.telemetry.devices import permissions
from parvis.telemetry.devices.forms.codecs import ImportForm, ReplayForm
from parvis.telemetry.devices.importing import import_package, read_packages
from parvis.telemetry.devices.models import Codec
from parvis.telemetry.devices.services.codecs import take_back
from parvis.telemetry.devices.services.replaying import ReplayFilter, start_replay

from .codecs import managed_codec


@requires("devices.manage")
def import_files(request: HttpRequest) -> HttpResponse:
    form = ImportForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        organisations=permissions.owners(request),
        everywhere=permissions.reach(request, permissions.MANAGE) is None,
    )
    imported: list[Codec] = []
    if request.method == "POST" and form.is_valid():
        try:
            _import(request, form, imported)
        except Refusal as refused:
            form.add_error("uploads", str(refused))
        if len(imported) == 1 and not form.errors:
            return _to_the_codec(request, imported[0])
    return render(request, "devices/codec_import.html", {"form": form, "imported": imported})


@requires("devices.manage")
@require_POST
def restore(request: HttpRequest, key: int) -> HttpResponse:
    found = managed_codec(request, key)
    made = take_back(codec=found, actor=permissions.agent(request).urn, now=clock.now())
    told = _("Le programme de la version %(old)d sert de nouveau : c’est la version %(new)d.")
    messages.success(request, told % {"old": found.version, "new": made.version})
    return redirect("backoffice:devices:codec", made.pk)


@requires("devices.manage")
@require_POST
def replay(request: HttpRequest, key: int) -> HttpResponse:
    """Of the devices that one may manage; in the background."""
    found = managed_codec(request, key)
    form = ReplayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Cette date n’est pas valide."))
        return redirect("backoffice:devices:codec", key)
    since = form.cleaned_data["since"]
    wanted = ReplayFilter(
        codec_name=found.name,
        accepted_too=form.cleaned_data["accepted_too"],
        since=timezone.make_aware(datetime.combine(since, time())) if since else None,
        organisation_ids=permissions.reach(request, permissions.MANAGE),
    )
    started = start_replay(wanted=wanted, actor=permissions.agent(request).urn, now=clock.now())
    text = ngettext("%(count)d remontée va être rejouée.", "%(count)d remontées vont être rejouées.", started.total)
    messages.success(request, text % {"count": started.total})
    return redirect("backoffice:devices:replay_progress", started.pk)


def _import(request: HttpRequest, form: ImportForm, imported: list[Codec]) -> None:
    """Each is a transaction of its own: those before one that is refused stay, and are shown."""
    given = form.cleaned_data
    actor, now = permissions.agent(request).urn, clock.now()
    for package in read_packages(given["uploads"], name=given["name"]):
        codec = import_package(package=package, organisation=given["organisation"], actor=actor, now=now)
        imported.append(codec)


def _to_the_codec(request: HttpRequest, codec: Codec) -> HttpResponse:
    passed = codec.passed_examples
    told = {"codec": codec, "passed": passed, "count": len(codec.examples)}
    if not codec.examples:
        messages.success(request, _("%(codec)s est importé. Son fabricant ne donne pas d’exemple.") % told)
    elif passed == len(codec.examples):
        messages.success(request, _("%(codec)s est importé : ses %(count)d exemples sont justes.") % told)
    else:
        messages.warning(request, _("%(codec)s est importé : %(passed)d exemples justes sur %(count)d.") % told)
    return redirect("backoffice:devices:codec", codec.pk)
