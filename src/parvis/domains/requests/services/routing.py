"""Which organisation answers for a request, and giving it to another one."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from parvis.domains.requests.events import RequestRouted
from parvis.domains.requests.models import Category, Request
from parvis.domains.requests.rules import CLOSED_STATES, Attention, Kind
from parvis.domains.requests.services.steps import ImpossibleMove, MissingReason, add_step, journal, lock, save
from parvis.foundations.identity.models import User
from parvis.foundations.organisations import selectors as organisations
from parvis.foundations.organisations.models import Organisation
from parvis.kernel.errors import Refusal
from parvis.kernel.events import publish


class SameOrganisation(Refusal):
    code = "same-organisation"
    message = _("Cet organisme a déjà ce signalement en charge.")


@dataclass(frozen=True, kw_only=True)
class Routing:
    """`is_certain` is false when nobody declared the competence: the metropolis sorts it by hand."""

    organisation_id: int | None
    is_certain: bool

    @property
    def attention(self) -> Attention:
        return Attention.NONE if self.is_certain else Attention.TO_ROUTE


def route(*, subject: str, longitude: float | None, latitude: float | None, area_code: str) -> Routing:
    """By the point, else by the commune chosen; nobody competent: the metropolis, to be sorted."""
    competent: Organisation | None = None
    if longitude is not None and latitude is not None:
        competent = organisations.competent_organisation(subject=subject, longitude=longitude, latitude=latitude)
    if competent is None and area_code:
        competent = organisations.competent_for_area(subject=subject, area_code=area_code)
    if competent is not None:
        return Routing(organisation_id=competent.pk, is_certain=True)
    main = Organisation.objects.main()
    return Routing(organisation_id=main.pk if main else None, is_certain=False)


def _routed(service_request: Request, *, step_id: int, now: datetime) -> None:
    assert service_request.organisation_id is not None
    publish(
        RequestRouted(
            urn=service_request.urn,
            number=service_request.number,
            step_id=step_id,
            at=now,
            organisation_id=service_request.organisation_id,
        )
    )


@transaction.atomic
def reroute(
    *, request_id: int, version: int | None, organisation_id: int, reason: str, by: User, now: datetime
) -> Request:
    """To another organisation; `reason` is read by agents only. Raises `StaleRequest`, `MissingReason`, `SameOrganisation`."""
    service_request = lock(request_id, version)
    if not reason.strip():
        raise MissingReason
    if service_request.state in CLOSED_STATES:
        raise ImpossibleMove
    if service_request.organisation_id == organisation_id and service_request.attention != Attention.TO_ROUTE:
        raise SameOrganisation
    before = service_request.organisation_id
    target = Organisation.objects.get(pk=organisation_id)
    service_request.organisation = target
    service_request.attention = Attention.NONE
    save(service_request, now=now)
    add_step(service_request, Kind.NOTE, now=now, is_public=False, text=reason.strip(), author=by)
    step = add_step(service_request, Kind.ROUTED, now=now, is_public=True, text=target.name, author=by)
    journal(service_request, "rerouted", by=by, right="requests.triage", now=now, before=before, after=organisation_id)
    _routed(service_request, step_id=step.pk, now=now)
    return service_request


@transaction.atomic
def recategorise(
    *, request_id: int, version: int | None, category: Category, reroute_too: bool, by: User, now: datetime
) -> Request:
    """Another category; with `reroute_too`, given to who is competent for it when that is known."""
    service_request = lock(request_id, version)
    if service_request.state in CLOSED_STATES:
        raise ImpossibleMove
    if service_request.category_id == category.pk:
        return service_request
    before = service_request.category
    service_request.category = category
    routing = route(
        subject=category.subject,
        longitude=service_request.longitude,
        latitude=service_request.latitude,
        area_code=service_request.area_code,
    )
    moved = reroute_too and routing.is_certain and routing.organisation_id != service_request.organisation_id
    if moved:
        service_request.organisation_id = routing.organisation_id
        service_request.attention = Attention.NONE
    save(service_request, now=now)
    add_step(service_request, Kind.RECATEGORISED, now=now, is_public=True, text=category.label, author=by)
    journal(
        service_request,
        "recategorised",
        by=by,
        right="requests.triage",
        now=now,
        before=before.code,
        after=category.code,
    )
    if moved:
        target = Organisation.objects.get(pk=routing.organisation_id or 0)
        step = add_step(service_request, Kind.ROUTED, now=now, is_public=True, text=target.name, author=by)
        _routed(service_request, step_id=step.pk, now=now)
    return service_request
