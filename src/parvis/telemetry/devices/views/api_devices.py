"""`/api/devices/devices`: the registry for other systems of the city; with a token of scope `devices.manage`."""

from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from parvis.foundations.identity.facade import TokenRef
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.selectors import with_services
from parvis.kernel import clock
from parvis.kernel.access import bearer
from parvis.kernel.errors import Problem, problem_response
from parvis.telemetry.context.attributes import instant_text
from parvis.telemetry.devices import selectors
from parvis.telemetry.devices.models import Device
from parvis.telemetry.devices.models.device import DeviceQuerySet
from parvis.telemetry.devices.permissions import MANAGE
from parvis.telemetry.devices.rules import device_list as columns
from parvis.telemetry.devices.rules.eui import read_eui
from parvis.telemetry.devices.rules.health import Health
from parvis.telemetry.devices.services.devices import save_device
from parvis.telemetry.devices.services.registering import DeviceRow, ListRefused, Report, read_devices_csv, register

PER_PAGE = 100
MOST_PER_PAGE = 1000
REFUSED_TOLD = 1000
LARGEST_BODY = 64 * 1024  # of one device


_Text = str | msgspec.UnsetType | None
_Number = float | msgspec.UnsetType | None


class _Given(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is, null empties it."""

    name: _Text = msgspec.UNSET
    profile: _Text = msgspec.UNSET
    thing: _Text = msgspec.UNSET
    type: _Text = msgspec.UNSET
    organisation: _Text = msgspec.UNSET
    class_: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="class")
    network_name: _Text = msgspec.UNSET
    longitude: _Number = msgspec.UNSET
    latitude: _Number = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET


_DECODER = msgspec.json.Decoder(_Given)


@bearer(MANAGE)
@require_http_methods(["GET", "POST"])
def devices(request: HttpRequest) -> HttpResponse:
    """GET: a page, by EUI. POST: a list in CSV, as on the page of the back office."""
    if request.method == "POST":
        return _register(request)
    wanted, after = request.GET, (request.GET.get("after") or "").lower()
    if after and read_eui(after) is None:
        return _problem(_("« after » est le DevEUI par lequel finit la page d’avant."))
    if wanted.get("health") and wanted["health"] not in Health.values:
        return _problem(_("« health » : %(known)s.") % {"known": ", ".join(Health.values)})
    limit = _limit(wanted.get("limit", ""))
    found = _narrowed(_mine(request).with_health(clock.now()), wanted).filter(eui__gt=after).order_by("eui")
    page = list(_whole(found)[: limit + 1])
    following = None
    if len(page) > limit:
        given = wanted.copy()
        given["after"] = page[limit - 1].eui
        following = f"{request.path}?{given.urlencode()}"
    return JsonResponse({"next": following, "results": [_shown(device) for device in page[:limit]]})


@bearer(MANAGE)
@require_http_methods(["GET", "PUT", "DELETE"])
def device(request: HttpRequest, eui: str) -> HttpResponse:
    """PUT makes or changes it. DELETE disables it: what it measured stays."""
    name = read_eui(eui)
    if name is None:
        raise Http404
    match request.method:
        case "PUT":
            return _put(request, name)
        case "DELETE":
            found = _get(request, name)
            if found.is_active:
                found.is_active = False
                save_device(device=found, actor=_token(request).urn, now=clock.now())
            return HttpResponse(status=204)
        case _:
            return JsonResponse(_shown(_get(request, name)))


def _put(request: HttpRequest, eui: str) -> HttpResponse:
    try:
        row = _row(eui, _read(request))
    except ValueError as error:
        return _problem(str(error))
    report = _registered(request, [row])
    if report.refused:
        return _problem(report.refused[0].reason)
    answer = JsonResponse(_shown(_get(request, eui)), status=201 if report.created else 200)
    if report.created:
        answer.headers["Location"] = reverse("api:devices:device", args=[eui])
    return answer


def _row(eui: str, given: _Given) -> DeviceRow:
    values: dict[str, str | None] = {columns.EUI: eui}
    told = msgspec.structs.asdict(given) | {"class": given.class_}
    for name in columns.COLUMNS:
        value = told.get(name, msgspec.UNSET)
        if isinstance(value, bool):
            values[name] = "oui" if value else "non"
        elif isinstance(value, float):
            values[name] = f"{value:.7f}"
        elif value is None or isinstance(value, str):
            values[name] = value.strip() if value else None
    if any("\0" in value for value in values.values() if value):
        raise ValueError(_("caractère nul"))
    return DeviceRow(line=1, values=values)


def _read(request: HttpRequest) -> _Given:
    """Raises ValueError."""
    if len(request.body) > LARGEST_BODY:
        raise ValueError(_("Plus de 64 ko."))
    try:
        return _DECODER.decode(request.body)
    except RecursionError as error:
        raise ValueError(_("Trop de niveaux.")) from error


def _register(request: HttpRequest) -> HttpResponse:
    try:
        listed = read_devices_csv(request.body)
    except ListRefused as refused:
        return _problem(str(refused))
    report = _registered(request, listed, dry_run=request.GET.get("dry_run", "") in ("1", "true"))
    rows = [{"line": row.line, "dev_eui": row.eui, "reason": row.reason} for row in report.refused[:REFUSED_TOLD]]
    return JsonResponse(
        {
            "dry_run": report.dry_run,
            "created": report.created,
            "changed": report.changed,
            "unchanged": report.unchanged,
            "things_created": report.things,
            "refused_count": len(report.refused),
            "refused": rows,
            "key_columns_not_read": list(report.key_columns),
            "unknown_columns": list(report.unknown_columns),
        }
    )


def _registered(request: HttpRequest, devices: Any, *, dry_run: bool = False) -> Report:
    token = _token(request)
    owner = Organisation.objects.filter(pk=token.organisation_id).first() if token.organisation_id else None
    return register(devices, dry_run=dry_run, actor=token.urn, now=clock.now(), organisation=owner, reach=_reach(token))


def _narrowed(found: DeviceQuerySet, wanted: QueryDict) -> DeviceQuerySet:
    exact = {
        "profile__name": wanted.get("profile"),
        "organisation__slug": wanted.get("organisation"),
        "entity__urn": wanted.get("thing"),
        "gateway": wanted.get("gateway"),
        "health_code": wanted.get("health"),
    }
    found = found.filter(Q(**{name: str(value).replace("\0", "") for name, value in exact.items() if value}))
    return selectors.matching(found, str(wanted["q"]).replace("\0", "")[:100]) if wanted.get("q") else found


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        return PER_PAGE
    return max(1, min(int(text), MOST_PER_PAGE))


def _mine(request: HttpRequest) -> DeviceQuerySet:
    reach = _reach(_token(request))
    return Device.objects.all() if reach is None else Device.objects.filter(organisation_id__in=reach)


def _whole(found: DeviceQuerySet) -> DeviceQuerySet:
    return found.select_related("profile", "organisation", "entity", "battery").defer(
        "entity__attributes", "battery__levels"
    )


def _get(request: HttpRequest, eui: str) -> Device:
    """404 for those of other organisations too."""
    found = _whole(_mine(request).with_health(clock.now())).filter(eui=eui).first()
    if found is None:
        raise Http404
    return found


def _reach(token: TokenRef) -> frozenset[int] | None:
    """A token limited to types of things writes nothing here: a device is of no type."""
    if token.limits:
        return frozenset()
    return None if token.organisation_id is None else with_services(token.organisation_id)


def _shown(device: Device) -> dict[str, Any]:
    entity, battery = device.entity, getattr(device, "battery", None)
    return {
        "dev_eui": device.eui,
        "name": device.name,
        "profile": device.profile.name if device.profile else None,
        "thing": entity.urn if entity else None,
        "thing_since": _instant(device.entity_since),
        "longitude": entity.longitude if entity else None,
        "latitude": entity.latitude if entity else None,
        "organisation": device.organisation.slug if device.organisation else None,
        "class": device.device_class,
        "network_name": device.network_name,
        "active": device.is_active,
        "synthetic": device.synthetic,
        "health": device.health.value,
        "last_seen_at": _instant(device.last_seen_at),
        "gateway": device.gateway or None,
        "rssi": device.rssi,
        "snr": device.snr,
        "spreading_factor": device.spreading_factor,
        "battery_percent": device.battery_percent,
        "battery_ends_on": battery.ends_on.isoformat() if battery and battery.ends_on else None,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def _token(request: HttpRequest) -> TokenRef:
    token = request.token  # type: ignore[attr-defined]
    assert isinstance(token, TokenRef)
    return token


def _problem(detail: str) -> HttpResponse:
    title = _("Cette demande ne peut pas être satisfaite.")
    return problem_response(Problem(status=400, title=title, detail=detail, type="urn:parvis:problem:devices"))
