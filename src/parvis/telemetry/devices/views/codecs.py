"""Codecs: written, tried on what one likes, kept as versions; let out of quarantine."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.devices import permissions, selectors
from parvis.telemetry.devices.forms.codecs import CodecForm, ReplayForm
from parvis.telemetry.devices.models import Codec, Device, Kind
from parvis.telemetry.devices.services.codecs import CodecNameTaken, create_codec, next_version
from parvis.telemetry.devices.services.quarantine import lift_quarantine

from . import workshop

PER_PAGE = 50


@requires("devices.view")
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    page = Paginator(permissions.shared(request, selectors.codecs()), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "devices/codecs.html", {"page": page, "may_create": permissions.may_create(request)})


@requires("devices.manage")
def create(request: HttpRequest) -> HttpResponse:
    return _write(request, None)


@requires("devices.view")
def codec(request: HttpRequest, key: int) -> HttpResponse:
    return _write(request, known_codec(request, key))


@requires("devices.manage")
@require_POST
def lift(request: HttpRequest, key: int) -> HttpResponse:
    found = managed_codec(request, key)
    lift_quarantine(codec=found, actor=permissions.agent(request).urn, now=clock.now())
    messages.success(
        request, _("La quarantaine est levée : le codec sert de nouveau. Ses remontées peuvent être rejouées.")
    )
    return redirect("backoffice:devices:codec", found.pk)


def known_codec(request: HttpRequest, key: int) -> Codec:
    codecs = permissions.shared(request, Codec.objects.select_related("organisation").order_by("pk"))
    return get_object_or_404(codecs, pk=key)


def managed_codec(request: HttpRequest, key: int) -> Codec:
    found = known_codec(request, key)
    if not permissions.may_manage(request, found):
        raise PermissionDenied
    return found


def _write(request: HttpRequest, known: Codec | None) -> HttpResponse:
    may_manage = known is None or permissions.may_manage(request, known)
    form = CodecForm(
        request.POST if request.method == "POST" else None,
        codec=known,
        organisations=permissions.owners(request),
        everywhere=permissions.reach(request, permissions.MANAGE) is None,
        initial=_initial(request, known) if known else None,
    )
    shown: dict[str, object] = {}
    if request.method == "POST" and form.is_valid():
        if wanted := next((one for one in workshop.TRIALS if one in request.POST), None):
            shown = workshop.TRIALS[wanted](request, known, form)
        else:
            if not may_manage:
                raise PermissionDenied
            shown = workshop.try_sample(request, known, form)
            if response := _save(request, known, form, shown.get("failure")):
                return response
    versions = selectors.versions(known) if known else ()
    context = {
        "form": form,
        "codec": known,
        "versions": versions,
        "is_latest": bool(known and versions and versions[0].pk == known.pk),
        "has_program": known is None or known.kind == Kind.JAVASCRIPT,
        "examples": [workshop.Row.of_example(row) for row in known.examples] if known else (),
        "may_manage": may_manage,
        "replay": ReplayForm(),
        **shown,
    }
    return render(request, "devices/codec.html", context)


def _save(request: HttpRequest, known: Codec | None, form: CodecForm, failure: object) -> HttpResponse | None:
    """None when it is refused; a codec that only dislikes the sample is kept."""
    if workshop.cannot_serve(form, failure):
        form.add_error("source", _("Ce programme ne peut pas servir : voyez le résultat de l’essai."))
        return None
    actor, now = permissions.agent(request).urn, clock.now()
    try:
        if known is None:
            given = form.cleaned_data
            kept = create_codec(
                name=given["name"],
                kind=form.chosen_kind,
                source=form.program,
                organisation=given["organisation"],
                actor=actor,
                now=now,
            )
        else:
            kept = next_version(codec=known, source=form.program, actor=actor, now=now)
    except CodecNameTaken as refused:
        form.add_error("name", str(refused))
        return None
    messages.success(request, _("Codec enregistré : version %(version)d.") % {"version": kept.version})
    return redirect("backoffice:devices:codec", kept.pk)


def _initial(request: HttpRequest, codec: Codec) -> dict[str, object]:
    """With the last payload a device sent, of those that one may look at; else that of an example."""
    devices = permissions.visible(request, Device.objects.all())
    if latest := next(iter(selectors.latest_uplinks_of_codec(codec, devices, count=1)), None):
        sample: dict[str, object] = {"sample": bytes(latest.payload or b"").hex(), "sample_port": latest.f_port}
    else:
        sample = workshop.first_sample(codec.examples)
    return {"source": codec.source, **sample}
