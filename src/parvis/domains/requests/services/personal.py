"""Personal data of requests: how long they stay, and what an account holder may take away or have erased."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from parvis.domains.requests import photos
from parvis.domains.requests.models import Request, RequestEvent
from parvis.domains.requests.rules import Kind
from parvis.domains.requests.services.steps import journal
from parvis.foundations.identity.models import User
from parvis.foundations.organisations import selectors as organisations
from parvis.foundations.organisations.models import Organisation
from parvis.kernel.clock import now as clock_now

KEEP_DAYS = 365
"""By default, after closing: the time of a dispute about what was reported; a city may choose another."""

KEEP_DAYS_KEY = "requests.keep_contact_days"

_CORRESPONDENCE = (Kind.ADDITION, Kind.MESSAGE, Kind.NOTE)
_BATCH = 500


def keep_days(organisation: Organisation | None) -> int:
    return int(organisations.setting(organisation, KEEP_DAYS_KEY)) if organisation else KEEP_DAYS


@transaction.atomic
def erase_contact(requests: QuerySet[Request], *, now: datetime) -> int:
    """Nobody can be found again from these rows: contact, account, code, photos and what was written to each other go."""
    ids = list(requests.order_by("id").values_list("id", flat=True))
    RequestEvent.objects.filter(service_request__in=ids, kind__in=_CORRESPONDENCE).update(text="", author=None)
    RequestEvent.objects.filter(service_request__in=ids, kind=Kind.RECEIVED).update(author=None)
    for service_request in Request.objects.filter(id__in=ids).order_by("id"):
        photos.erase(service_request, now=now)
    return Request.objects.filter(id__in=ids).update(
        contact_name="",
        contact_email="",
        contact_phone="",
        reporter=None,
        code_fingerprint=None,
        contact_erased_at=now,
    )


@dataclass(frozen=True, kw_only=True)
class Contact:
    name: str
    email: str
    phone: str
    is_account: bool


@transaction.atomic
def reveal_contact(*, request_id: int, by: User, now: datetime) -> Contact:
    """Who reported it; the journal keeps that `by` looked."""
    service_request = Request.objects.select_related("reporter", "organisation").get(pk=request_id)
    journal(service_request, "contact_read", by=by, right="requests.contact", now=now)
    reporter = service_request.reporter
    return Contact(
        name=service_request.contact_name or (reporter.display_name if reporter else ""),
        email=service_request.contact_email or (reporter.email if reporter else ""),
        phone=service_request.contact_phone,
        is_account=reporter is not None,
    )


def purge(now: datetime) -> int:
    """Erases what is past its term, by the term of the organisation in charge; batches, so that locks stay short."""
    erased = 0
    charged = (
        Request.objects.filter(contact_erased_at=None, closed_at__lt=now)
        .order_by()
        .values_list("organisation", flat=True)
    )
    for organisation in [None, *Organisation.objects.filter(pk__in=charged.exclude(organisation=None)).order_by("pk")]:
        due = Request.objects.filter(organisation=organisation).contact_due(
            now - timedelta(days=keep_days(organisation))
        )
        while batch := erase_contact(
            Request.objects.filter(id__in=list(due.order_by("id").values_list("id", flat=True)[:_BATCH])), now=now
        ):
            erased += batch
    return erased


def export_of(user: User) -> list[dict[str, Any]]:
    """Every request of the account with its public steps, oldest first."""
    mine = (
        Request.objects.filter(reporter=user)
        .select_related("category", "organisation")
        .prefetch_related("steps")
        .order_by("id")
    )
    return [
        {
            "number": service_request.number,
            "category": service_request.category.label,
            "description": service_request.description,
            "address": service_request.address,
            "longitude": service_request.longitude,
            "latitude": service_request.latitude,
            "organisation": service_request.organisation.name if service_request.organisation else "",
            "state": service_request.get_state_display(),
            "contact_name": service_request.contact_name,
            "contact_email": service_request.contact_email,
            "contact_phone": service_request.contact_phone,
            "created_at": service_request.created_at.isoformat(),
            "closed_at": service_request.closed_at.isoformat() if service_request.closed_at else None,
            "steps": [
                {"at": step.at.isoformat(), "kind": step.get_kind_display(), "text": step.text}
                for step in service_request.steps.all()
                if step.is_public
            ],
        }
        for service_request in mine
    ]


def erase_of(user: User) -> int:
    """The requests stay, as anybody's."""
    return erase_contact(Request.objects.filter(reporter=user), now=clock_now())


def purge_steps(now: datetime) -> int:
    """Words written after their request was made anonymous, once as old; `purge` blanks the others with their request."""
    late = RequestEvent.objects.filter(
        service_request__contact_erased_at__isnull=False,
        kind__in=_CORRESPONDENCE,
        at__lt=now - timedelta(days=KEEP_DAYS),
    ).exclude(text="", author=None)
    return late.update(text="", author=None)
