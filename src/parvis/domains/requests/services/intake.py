"""A request comes in: from the portal, the telephone or the counter."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from parvis.domains.requests import photos, tracking
from parvis.domains.requests.events import RequestReceived
from parvis.domains.requests.models import Category, NumberSeries, Request
from parvis.domains.requests.rules import Channel, Kind, number_of
from parvis.domains.requests.selectors.places import nearest_commune
from parvis.domains.requests.services.routing import route
from parvis.domains.requests.services.steps import add_step, journal
from parvis.foundations.identity.models import User
from parvis.foundations.territory import selectors as territory
from parvis.kernel.errors import Refusal
from parvis.kernel.events import publish


class OutsideTerritory(Refusal):
    """Tells the neighbour whose territory begins nearest, so that the person knows whom to ask."""

    code = "outside-territory"


class NoPlace(Refusal):
    code = "no-place"
    message = _("Indiquez le lieu : un point sur la carte, ou une adresse et sa commune.")


@dataclass(frozen=True, kw_only=True)
class ReportDraft:
    """What was filled in. Texts are already clean (`wording`); the point is EPSG:4326; `submission` names the form sent."""

    submission: UUID
    category: Category
    description: str = ""
    longitude: float | None = None
    latitude: float | None = None
    address: str = ""
    area_code: str = ""
    channel: Channel = Channel.WEB
    reporter: User | None = None
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    language: str = "fr"
    portal_id: int | None = None
    created_by: User | None = None
    photo_token: str = ""


def placed_area(draft: ReportDraft) -> str:
    """Code of the commune of the draft. Raises `OutsideTerritory`, `NoPlace`."""
    if draft.longitude is None or draft.latitude is None:
        if not (draft.address and draft.area_code):
            raise NoPlace
        return draft.area_code
    commune = territory.commune_at(draft.longitude, draft.latitude)
    if commune:
        return commune.code
    nearest = nearest_commune(draft.longitude, draft.latitude)
    if nearest is None:
        # No outline is loaded: the point cannot be judged, the commune chosen by the person is believed.
        return draft.area_code
    whole = territory.territory()
    raise OutsideTerritory(
        _(
            "Ce point est en dehors de %(territory)s, à %(distance)s de %(commune)s, notre commune la plus proche. Si le problème est "
            "bien à cet endroit, c’est la mairie du lieu qui peut agir ; sinon, déplacez le point. Rien de ce que vous avez saisi n’est perdu."
        )
        % {
            "territory": whole.name if whole else _("notre territoire"),
            "distance": nearest.distance_text,
            "commune": nearest.name,
        }
    )


@transaction.atomic
def receive_request(*, draft: ReportDraft, now: datetime) -> tuple[Request, bool]:
    """The request, and whether it is new: the same `submission` sent again gives the request it made the first time.

    Raises `OutsideTerritory`, `NoPlace`.
    """
    if known := Request.objects.filter(submission=draft.submission).first():
        return known, False
    area_code = placed_area(draft)
    routing = route(
        subject=draft.category.subject, longitude=draft.longitude, latitude=draft.latitude, area_code=area_code
    )
    year = timezone.localtime(now).year
    seed = uuid4()
    _code, fingerprint = tracking.issue(seed)
    try:
        with transaction.atomic():
            service_request = Request.objects.create(
                number=number_of(year, NumberSeries.next_rank(year)),
                submission=draft.submission,
                code_seed=seed,
                code_fingerprint=fingerprint,
                category=draft.category,
                description=draft.description,
                longitude=draft.longitude,
                latitude=draft.latitude,
                address=draft.address,
                area_code=area_code,
                organisation_id=routing.organisation_id,
                portal_id=draft.portal_id,
                attention=routing.attention,
                channel=draft.channel,
                reporter=draft.reporter,
                contact_name=draft.contact_name,
                contact_email=draft.contact_email,
                contact_phone=draft.contact_phone,
                language=draft.language,
                created_by=draft.created_by,
                created_at=now,
                updated_at=now,
            )
    except IntegrityError:
        # The twin of a double click committed first.
        if known := Request.objects.filter(submission=draft.submission).first():
            return known, False
        raise
    if draft.photo_token:
        photos.attach(draft.photo_token, service_request, now=now)
    step = add_step(service_request, Kind.RECEIVED, now=now, is_public=True, author=draft.created_by)
    right = "requests.desk" if draft.created_by else ""
    journal(
        service_request,
        "received",
        by=draft.created_by or draft.reporter,
        right=right,
        now=now,
        channel=str(draft.channel),
    )
    publish(
        RequestReceived(
            urn=service_request.urn,
            number=service_request.number,
            step_id=step.pk,
            at=now,
            category=draft.category.code,
            subject=draft.category.subject,
            area_code=area_code,
            organisation_id=routing.organisation_id,
        )
    )
    return service_request, True
