"""Codecs: written, tried on a sample, kept as versions; let out of quarantine."""

import json

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
from parvis.telemetry.devices.forms.writing import CodecForm
from parvis.telemetry.devices.models import Codec
from parvis.telemetry.devices.sandbox import Failure, FailureKind, Success
from parvis.telemetry.devices.sandbox.values import DANGEROUS, Answer
from parvis.telemetry.devices.services.keeping import CodecNameTaken, create_codec, next_version
from parvis.telemetry.devices.services.quarantine import lift_quarantine
from parvis.telemetry.devices.trial import try_codec

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
    return _write(request, get_object_or_404(permissions.shared(request, Codec.objects.order_by("pk")), pk=key))


@requires("devices.manage")
@require_POST
def lift(request: HttpRequest, key: int) -> HttpResponse:
    found = get_object_or_404(permissions.shared(request, Codec.objects.order_by("pk")), pk=key)
    if not permissions.may_manage(request, found):
        raise PermissionDenied
    lift_quarantine(codec=found, actor=permissions.agent(request).urn, now=clock.now())
    messages.success(
        request, _("La quarantaine est levée : le codec sert de nouveau. Ses remontées peuvent être rejouées.")
    )
    return redirect("backoffice:devices:codec", found.pk)


def _write(request: HttpRequest, known: Codec | None) -> HttpResponse:
    may_manage = known is None or permissions.may_manage(request, known)
    form = CodecForm(
        request.POST if request.method == "POST" else None,
        codec=known,
        organisations=permissions.owners(request),
        everywhere=permissions.reach(request, permissions.MANAGE) is None,
        initial=_initial(known) if known else None,
    )
    answer: Answer | None = None
    if request.method == "POST" and form.is_valid():
        answer = _try(form)
        if "try" not in request.POST:
            if not may_manage:
                raise PermissionDenied
            if response := _save(request, known, form, answer):
                return response
    context = {
        "form": form,
        "codec": known,
        "versions": selectors.versions(known) if known else (),
        "may_manage": may_manage,
        **_shown(answer),
    }
    return render(request, "devices/codec.html", context)


def _try(form: CodecForm) -> Answer:
    given = form.cleaned_data
    at_ms = clock.now().timestamp() * 1000
    return try_codec(source=given["source"], payload=given["sample"], f_port=given["sample_port"], at_ms=at_ms)


def _save(request: HttpRequest, known: Codec | None, form: CodecForm, answer: Answer) -> HttpResponse | None:
    """None when it is refused; a codec that only dislikes the sample is kept."""
    if isinstance(answer, Failure) and answer.kind in DANGEROUS | {FailureKind.BROKEN}:
        form.add_error("source", _("Ce programme ne peut pas servir : voyez le résultat de l’essai."))
        return None
    actor, now, source = permissions.agent(request).urn, clock.now(), form.cleaned_data["source"]
    try:
        if known is None:
            given = form.cleaned_data
            kept = create_codec(
                name=given["name"], source=source, organisation=given["organisation"], actor=actor, now=now
            )
        else:
            kept = next_version(codec=known, source=source, actor=actor, now=now)
    except CodecNameTaken as refused:
        form.add_error("name", str(refused))
        return None
    messages.success(request, _("Codec enregistré : version %(version)d.") % {"version": kept.version})
    return redirect("backoffice:devices:codec", kept.pk)


def _initial(codec: Codec) -> dict[str, object]:
    """With the last payload a device sent, when there is one."""
    latest = selectors.latest_payload(codec)
    sample = {"sample": bytes(latest.payload or b"").hex(), "sample_port": latest.f_port} if latest else {}
    return {"source": codec.source, **sample}


def _shown(answer: Answer | None) -> dict[str, object]:
    match answer:
        case Success():
            shown = json.dumps(answer.data, ensure_ascii=False, indent=2)
            return {"success": answer, "decoded": shown}
        case Failure():
            return {"failure": answer, "failure_words": FAILURE_WORDS[answer.kind]()}
        case _:
            return {}


FAILURE_WORDS = {
    FailureKind.BROKEN: lambda: _("Le programme ne se compile pas, ou ne contient aucune fonction de décodage."),
    FailureKind.THROWN: lambda: _("Le codec refuse cette charge utile."),
    FailureKind.INVALID: lambda: _("Le codec n’a pas répondu par un objet de taille raisonnable."),
    FailureKind.EXHAUSTED: lambda: _("Le codec épuise la mémoire : il a été arrêté."),
    FailureKind.OVERRAN: lambda: _("Le codec ne répond pas en 0,2 seconde : il a été arrêté."),
    FailureKind.CRASHED: lambda: _("Le codec a fait tomber son processus."),
    FailureKind.SKIPPED: lambda: _("Le codec n’a pas été essayé."),
}
