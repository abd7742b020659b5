"""Subscriptions: who follows the city, how they are doing, what could not be told them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parvis.foundations.identity.middleware import rights_of
from parvis.kernel import clock
from parvis.kernel.access import requires
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.console import health, selectors, services
from parvis.telemetry.context.console.answering import as_json
from parvis.telemetry.context.console.masking import masked, without_password
from parvis.telemetry.context.console.rights import ADMINISTER, VIEW
from parvis.telemetry.context.forms.filters import SubscriptionFilterForm
from parvis.telemetry.context.jsonld.catalogue import product
from parvis.telemetry.context.models import CITY, Subscription
from parvis.telemetry.context.presenting import attribute_label, type_label
from parvis.telemetry.context.query.types import names_in, type_selection
from parvis.telemetry.context.subscriptions.presenting import presented
from parvis.telemetry.context.views.console.asker import agent, confirmation, console, page_of

WAITING_SHOWN = 10


@requires(VIEW)
@require_safe
def subscriptions(request: HttpRequest) -> HttpResponse:
    form = SubscriptionFilterForm(request.GET)
    form.is_valid()
    text = form.cleaned_data.get("q", "").strip()
    now = clock.now()
    rows = selectors.subscriptions_in(seen(request), form.cleaned_data.get("health", ""), now)
    if text:
        rows = rows.filter(Q(urn__icontains=text) | Q(document__notification__endpoint__uri__icontains=text))
    page = page_of(request, rows.order_by("id"))
    tenants = selectors.tenant_names()
    context = {
        **console(request, "subscriptions"),
        "filter": form,
        "page": page,
        "rows": [
            {
                "row": row,
                "health": health.of_subscription(row, now),
                "follows": follows(row.document),
                "receiver": receiver(row),
                "tenant": "" if row.tenant_id == CITY else tenants.get(row.tenant_id, ""),
            }
            for row in page
        ],
    }
    return render(request, "context/console/subscriptions.html", context)


@requires(VIEW)
@require_safe
def subscription(request: HttpRequest, key: int) -> HttpResponse:
    row = get_object_or_404(seen(request), pk=key)
    now = clock.now()
    document = presented(row, product(), sys_attrs=True, now=now)
    context = {
        **console(request, "subscriptions"),
        "row": row,
        "health": health.of_subscription(row, now),
        "follows": follows(row.document),
        "receiver": receiver(row),
        "tenant": "" if row.tenant_id == CITY else selectors.tenant_names().get(row.tenant_id, ""),
        "document": as_json(masked(document)),
        "dead": page_of(request, selectors.given_up(row)),
        "waiting": list(selectors.waiting(row)[:WAITING_SHOWN]),
        "may_administer": _may_administer(request, row),
    }
    return render(request, "context/console/subscription.html", context)


@requires(ADMINISTER)
@require_POST
def set_active(request: HttpRequest, key: int, active: bool) -> HttpResponse:
    row = _administered(request, key)
    try:
        services.set_active(subscription=row, active=active, by=agent(request), now=clock.now())
    except LdError as error:
        messages.error(request, _("Ce n’est pas possible : %(why)s") % {"why": error.detail})
    else:
        messages.success(request, _("L’abonnement reprend.") if active else _("L’abonnement est en pause."))
    return redirect("backoffice:context:subscription", key)


@requires(ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, key: int) -> HttpResponse:
    row = _administered(request, key)
    if request.method == "POST":
        services.remove_subscription(subscription=row, by=agent(request), now=clock.now())
        messages.success(request, _("L’abonnement est supprimé."))
        return redirect("backoffice:context:subscriptions")
    return confirmation(
        request,
        here="subscriptions",
        title=_("Supprimer cet abonnement ?"),
        text=_("Le destinataire ne sera plus prévenu de rien, et ce qui attendait d’être envoyé est perdu."),
        button=_("Supprimer l’abonnement"),
        back=reverse("backoffice:context:subscription", args=[key]),
        what=row.urn,
    )


@requires(ADMINISTER)
@require_POST
def replay(request: HttpRequest, key: int, notification: int | None = None) -> HttpResponse:
    row = _administered(request, key)
    found = services.replay(subscription=row, notification_id=notification, by=agent(request), now=clock.now())
    told = ngettext("%(n)d envoi sera essayé à nouveau.", "%(n)d envois seront essayés à nouveau.", found)
    messages.success(request, told % {"n": found})
    return redirect("backoffice:context:subscription", key)


@requires(ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, key: int, notification: int | None = None) -> HttpResponse:
    row = _administered(request, key)
    if request.method == "POST":
        found = services.discard(subscription=row, notification_id=notification, by=agent(request), now=clock.now())
        told = ngettext("%(n)d envoi est oublié.", "%(n)d envois sont oubliés.", found)
        messages.success(request, told % {"n": found})
        return redirect("backoffice:context:subscription", key)
    one = notification is not None
    return confirmation(
        request,
        here="subscriptions",
        title=_("Oublier cet envoi ?") if one else _("Oublier tous les envois abandonnés ?"),
        text=_("Le destinataire ne saura jamais ce qui avait changé."),
        button=_("Oublier l’envoi") if one else _("Oublier les envois"),
        back=reverse("backoffice:context:subscription", args=[key]),
        what=row.urn,
    )


def seen(request: HttpRequest) -> QuerySet[Subscription]:
    """Those of the agent's organisations; those of none belong to who sees the whole platform."""
    return rights_of(request).scope(VIEW).filter(selectors.subscriptions(), area=None)


def _may_administer(request: HttpRequest, row: Subscription) -> bool:
    return rights_of(request).covers(ADMINISTER, organisation_id=row.organisation_id, area_code=None)


def _administered(request: HttpRequest, key: int) -> Subscription:
    row: Subscription = get_object_or_404(seen(request), pk=key)
    if not _may_administer(request, row):
        raise PermissionDenied
    return row


def receiver(row: Subscription) -> str:
    return without_password(str(row.document["notification"]["endpoint"]["uri"]))


def follows(document: dict[str, Any]) -> str:
    """Types, then attributes, in words."""
    named = [name for one in document.get("entities", ()) for name in _types(one.get("type", ""))]
    types = list(dict.fromkeys(type_label(name, plural=True) for name in named))
    first = named[0] if named else ""
    watched = [attribute_label(first, name) for name in document.get("watchedAttributes", ())]
    return " · ".join(filter(None, (", ".join(types), ", ".join(watched)))) or _("tout")


def _types(selection: str) -> list[str]:
    """Kept under stored names already."""
    return [] if selection in ("", "*") else list(names_in(type_selection(selection, str)))
