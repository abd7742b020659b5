"""Messages as they came: those that were rejected, why, and trying them again."""

import json

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from parvis.foundations.identity.middleware import rights_of
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.devices import permissions, selectors
from parvis.telemetry.devices.forms.filters import RejectedFilterForm
from parvis.telemetry.devices.ingestion import OutcomeStatus
from parvis.telemetry.devices.models import Uplink
from parvis.telemetry.devices.models.uplink import UplinkQuerySet
from parvis.telemetry.devices.rules.reasons import Reason
from parvis.telemetry.devices.services.replaying import ReplayFilter, replay_one, start_replay

PER_PAGE = 50
REPLAYS_SHOWN = 5


@requires("devices.view")
@require_GET
def rejected(request: HttpRequest) -> HttpResponse:
    mine = permissions.visible_uplinks(request, Uplink.objects.rejected())
    form = _filter(request, mine)
    found = mine.filter(**_narrowed(form)).select_related("source", "device").defer("raw", "decoded", "payload")
    page = Paginator(found.order_by("-id"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": form,
        "page": page,
        "may_replay": rights_of(request).may(permissions.MANAGE) and page.paginator.count > 0,
        "replays": list(permissions.visible_replays(request)[:REPLAYS_SHOWN]),
    }
    return render(request, "devices/rejected.html", context)


@requires("devices.view")
@require_GET
def uplink(request: HttpRequest, key: int) -> HttpResponse:
    """Opening it is reading what a device has said, perhaps of a home: the right is that of its organisation."""
    found = get_object_or_404(permissions.visible_uplinks(request, selectors.uplinks()), pk=key)
    context = {
        "uplink": found,
        "reason": Reason(found.reason).label if found.reason else "",
        "raw": _readable(bytes(found.raw)),
        "payload": bytes(found.payload).hex(" ") if found.payload is not None else None,
        "decoded": json.dumps(found.decoded, ensure_ascii=False, indent=2) if found.decoded is not None else None,
        "may_replay": found.is_replayable and permissions.may_replay(request, found),
    }
    return render(request, "devices/uplink.html", context)


@requires("devices.manage")
@require_POST
def replay(request: HttpRequest, key: int) -> HttpResponse:
    found = get_object_or_404(permissions.visible_uplinks(request, selectors.uplinks()), pk=key)
    if not permissions.may_replay(request, found):
        raise PermissionDenied
    outcome = replay_one(uplink=found, now=clock.now())
    match outcome.status:
        case OutcomeStatus.ACCEPTED:
            messages.success(request, _("Remontée acceptée : ses mesures sont enregistrées."))
        case OutcomeStatus.REJECTED if outcome.reason:
            messages.warning(request, _("Encore rejetée : %(reason)s.") % {"reason": outcome.reason.label})
        case _:
            messages.info(request, _("Cette remontée n’attend plus d’être rejouée."))
    return redirect("backoffice:devices:uplink", key)


@requires("devices.manage")
@require_POST
def replay_all(request: HttpRequest) -> HttpResponse:
    """Those of the filter that one may manage; in the background."""
    mine = permissions.visible_uplinks(request, Uplink.objects.rejected(), permissions.MANAGE)
    narrowed = _narrowed(_filter(request, mine))
    wanted = ReplayFilter(
        reason=str(narrowed.get("reason", "")),
        source_id=_number(narrowed.get("source_id")),
        eui=str(narrowed.get("eui", "")),
        organisation_ids=permissions.reach(request, permissions.MANAGE),
    )
    started = start_replay(wanted=wanted, actor=permissions.agent(request).urn, now=clock.now())
    text = ngettext("%(count)d remontée va être rejouée.", "%(count)d remontées vont être rejouées.", started.total)
    messages.success(request, text % {"count": started.total})
    return redirect("backoffice:devices:replay_progress", started.pk)


@requires("devices.view")
@require_GET
def replay_progress(request: HttpRequest, key: int) -> HttpResponse:
    return render(
        request, "devices/replay.html", {"replay": get_object_or_404(permissions.visible_replays(request), pk=key)}
    )


def _filter(request: HttpRequest, mine: UplinkQuerySet) -> RejectedFilterForm:
    data = request.POST if request.method == "POST" else request.GET
    sources = permissions.shared(request, selectors.sources())
    form = RejectedFilterForm(data, reasons=selectors.reasons(mine), sources=sources)
    form.is_valid()
    return form


def _narrowed(form: RejectedFilterForm) -> dict[str, object]:
    """What makes no sense narrows nothing."""
    source = form.cleaned_data.get("source")
    given = {
        "reason": form.cleaned_data.get("reason"),
        "source_id": source.pk if source else None,
        "eui": form.cleaned_data.get("eui", "").lower(),
    }
    return {name: value for name, value in given.items() if value}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _readable(raw: bytes) -> str:
    """Indented when it is JSON, as it is when it is text, in hexadecimal when it is neither."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw.hex(" ")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text
