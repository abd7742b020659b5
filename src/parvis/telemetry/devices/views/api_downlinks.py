"""`/api/devices/devices/<eui>/downlinks`: other systems of the city command devices; with a token of scope `devices.command`."""

import re
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from parvis.foundations.identity.facade import TokenRef
from parvis.foundations.organisations.selectors import with_services
from parvis.kernel import clock
from parvis.kernel.access import bearer
from parvis.kernel.errors import Problem, problem_response
from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.devices.downlinks.listing import downlinks_of
from parvis.telemetry.devices.models import Device, Downlink
from parvis.telemetry.devices.permissions import COMMAND
from parvis.telemetry.devices.rules.eui import read_eui
from parvis.telemetry.devices.rules.handover import DEFAULT_EXPIRY
from parvis.telemetry.devices.services.downlinks import ask_downlink, cancel_downlink

PER_PAGE = 100
LARGEST_BODY = 64 * 1024


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    command: dict[str, Any] | None = None
    payload: str | None = None
    f_port: int | None = None
    confirmed: bool = False
    expires_in_s: int | None = None


_NUMBER = re.compile(r"[0-9]{1,18}")
_DECODER = msgspec.json.Decoder(_Asked)


@bearer(COMMAND)
@require_http_methods(["GET", "POST"])
def downlinks(request: HttpRequest, eui: str) -> HttpResponse:
    device = _device(request, eui)
    if request.method == "POST":
        return _ask(request, device)
    found = downlinks_of(device)
    if before := request.GET.get("before", ""):
        if not _NUMBER.fullmatch(before):
            return _problem(_("« before » est le numéro de la dernière descente de la page d’avant."))
        found = found.filter(pk__lt=int(before))
    page = list(found[: PER_PAGE + 1])
    following = f"{request.path}?before={page[PER_PAGE - 1].pk}" if len(page) > PER_PAGE else None
    return JsonResponse({"next": following, "results": [_shown(one) for one in page[:PER_PAGE]]})


@bearer(COMMAND)
@require_http_methods(["GET", "DELETE"])
def downlink(request: HttpRequest, eui: str, key: int) -> HttpResponse:
    found = downlinks_of(_device(request, eui)).filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    if request.method == "DELETE":
        found = cancel_downlink(downlink=found, actor=_token(request).urn, now=clock.now())
    return JsonResponse(_shown(found))


def _ask(request: HttpRequest, device: Device) -> HttpResponse:
    try:
        asked = _read(request)
    except ValueError as error:
        return _problem(str(error))
    if (asked.command is None) == (asked.payload is None):
        return _problem(_("Donnez une commande ou une charge utile, l’une des deux."))
    try:
        payload = None if asked.payload is None else bytes.fromhex(asked.payload)
    except ValueError:
        return _problem(_("Des chiffres hexadécimaux, deux par octet."))
    made = ask_downlink(
        device=device,
        actor=_token(request).urn,
        now=clock.now(),
        command=asked.command,
        payload=payload,
        f_port=asked.f_port,
        confirmed=asked.confirmed,
        expires_in=DEFAULT_EXPIRY if asked.expires_in_s is None else _seconds(asked.expires_in_s),
    )
    answer = JsonResponse(_shown(made), status=201)
    answer.headers["Location"] = reverse("api:devices:downlink", args=[device.eui, made.pk])
    return answer


def _read(request: HttpRequest) -> _Asked:
    """Raises ValueError."""
    if len(request.body) > LARGEST_BODY:
        raise ValueError(_("Plus de 64 ko."))
    try:
        return _DECODER.decode(request.body)
    except RecursionError as error:
        raise ValueError(_("Trop de niveaux.")) from error


def _seconds(count: int) -> timedelta:
    """What no timedelta holds is refused like what is too long."""
    return timedelta(seconds=max(-1, min(count, 10**9)))


def _device(request: HttpRequest, eui: str) -> Device:
    """404 for those of other organisations too: who may not command one is not told that it exists."""
    token = _token(request)
    found = Device.objects.select_related("profile__codec", "organisation").filter(eui=read_eui(eui)).first()
    if found is None or token.limits:
        raise Http404
    if token.organisation_id is not None and found.organisation_id not in with_services(token.organisation_id):
        raise Http404
    return found


def _token(request: HttpRequest) -> TokenRef:
    token = request.token  # type: ignore[attr-defined]
    assert isinstance(token, TokenRef)
    return token


def _problem(detail: str) -> HttpResponse:
    title = _("Cette demande ne peut pas être lue.")
    return problem_response(
        Problem(status=400, title=title, detail=detail, type="urn:parvis:problem:downlink-malformed")
    )


def _instant(moment: datetime | None) -> str | None:
    return instant_text(moment) if moment else None


def _shown(downlink: Downlink) -> dict[str, Any]:
    return {
        "id": downlink.pk,
        "device": downlink.device.eui,
        "status": downlink.status,
        "command": downlink.command,
        "payload": bytes(downlink.payload).hex(),
        "f_port": downlink.f_port,
        "confirmed": downlink.confirmed,
        "attempts": downlink.attempts,
        "airtime_ms": downlink.airtime_ms,
        "error": downlink.error,
        "created_at": _instant(downlink.created_at),
        "sent_at": _instant(downlink.sent_at),
        "ended_at": _instant(downlink.ended_at),
        "expires_at": _instant(downlink.expires_at),
    }
