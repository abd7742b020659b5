"""What a resident is written at each step. The job holds the number of a timeline row; everything else is read when it runs."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from parvis.domains.requests import tracking
from parvis.domains.requests.events import RequestStep
from parvis.domains.requests.models import Request, RequestEvent
from parvis.domains.requests.rules import NOTIFIED_KINDS, Kind
from parvis.domains.requests.selectors.places import commune_names
from parvis.foundations.organisations.selectors import portal_url
from parvis.kernel import mail
from parvis.kernel.clock import now

NOTICE_OF = {
    Kind.RECEIVED: "requests.received",
    Kind.ACCEPTED: "requests.accepted",
    Kind.STARTED: "requests.started",
    Kind.DONE: "requests.done",
    Kind.REFUSED: "requests.refused",
    Kind.REOPENED: "requests.reopened",
    Kind.MESSAGE: "requests.message",
}


def context_of(service_request: Request, step: RequestEvent) -> dict[str, Any]:
    """Plain values for the templates of every step."""
    code = tracking.recall(service_request.code_seed, service_request.code_fingerprint)
    path = reverse("portal:requests:tracked", args=[code]) if code else reverse("portal:requests:track")
    return {
        "number": service_request.number,
        "category": service_request.category.name,
        "place": service_request.address or commune_names().get(service_request.area_code, ""),
        "description": service_request.description,
        "competent": service_request.organisation.name if service_request.organisation else "",
        "message": step.text,
        "code": tracking.spaced(code) if code else "",
        "tracking_url": portal_url(service_request.portal, path)
        if service_request.portal
        else f"{settings.PARVIS_SITE_URL}{path}",
    }


def sample() -> dict[str, Any]:
    """What the conformance tests and previews render the notices with."""
    return {
        "number": "S-2026-000123",
        "category": "Éclairage en panne",
        "place": "12 rue de la Liberté, Dijon",
        "description": "Le lampadaire devant l’école <b>clignote</b> & s’éteint.",
        "competent": "Dijon Métropole",
        "message": "L’équipe passera jeudi matin.",
        "code": "7QK2M-9XHT4",
        "tracking_url": "http://127.0.0.1:8000/requests/t/7QK2M9XHT4",
    }


def address_of(service_request: Request) -> str:
    """Where to write: what was given on the form, else the account's address; empty for nobody."""
    if service_request.contact_email:
        return service_request.contact_email
    return service_request.reporter.email if service_request.reporter else ""


def tell_resident(event: RequestStep) -> None:
    """Reaction to every step. Sends once: the step is locked, and marked in the transaction that sent it."""
    step = (
        RequestEvent.objects.select_for_update(of=("self",))
        .select_related(
            "service_request__category",
            "service_request__organisation",
            "service_request__portal",
            "service_request__reporter",
        )
        .filter(pk=event.step_id, notified_at=None, kind__in=NOTIFIED_KINDS)
        .first()
    )
    if step is None:
        return
    to = address_of(step.service_request)
    if not to:
        return
    language = step.service_request.language
    with translation.override(language):
        context = context_of(step.service_request, step)
    step.notified_at = now()
    step.save(update_fields=["notified_at"])
    mail.send(
        notice=NOTICE_OF[Kind(step.kind)],
        to=[to],
        context=context,
        language=language,
        organisation=step.service_request.portal or step.service_request.organisation,
    )
