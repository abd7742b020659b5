"""Words exchanged about a request: with the resident, and between agents."""

from datetime import datetime
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from parvis.domains.requests import photos, tracking
from parvis.domains.requests.events import RequestAnswered, RequestCompleted
from parvis.domains.requests.models import Request, RequestEvent
from parvis.domains.requests.rules import Attention, Kind
from parvis.domains.requests.services.steps import add_step, journal, lock, save
from parvis.foundations.identity.models import User
from parvis.kernel.errors import Refusal
from parvis.kernel.events import publish


class EmptyText(Refusal):
    code = "empty-text"
    message = _("Écrivez votre message avant de l’envoyer.")


class NoMoreTracking(Refusal):
    status = 409
    code = "no-more-tracking"
    message = _("Les coordonnées et le suivi de ce signalement ont été effacés au terme de leur durée de conservation.")


@transaction.atomic
def answer(*, request_id: int, version: int | None, text: str, by: User, now: datetime) -> RequestEvent:
    """Writes to the resident: on the tracking page, and by e-mail when there is an address."""
    service_request = lock(request_id, version)
    if not text.strip():
        raise EmptyText
    if service_request.attention == Attention.ADDITION:
        service_request.attention = Attention.NONE
    save(service_request, now=now)
    step = add_step(service_request, Kind.MESSAGE, now=now, is_public=True, text=text.strip(), author=by)
    journal(service_request, "answered", by=by, right="requests.triage", now=now)
    publish(RequestAnswered(urn=service_request.urn, number=service_request.number, step_id=step.pk, at=now))
    return step


@transaction.atomic
def note(*, request_id: int, text: str, by: User, now: datetime) -> RequestEvent:
    """For agents only. Two agents may write a note at once: it changes nothing another has on screen."""
    service_request = lock(request_id)
    if not text.strip():
        raise EmptyText
    journal(service_request, "noted", by=by, right="requests.triage", now=now)
    return add_step(service_request, Kind.NOTE, now=now, is_public=False, text=text.strip(), author=by)


@transaction.atomic
def complete(
    *, request_id: int, text: str, photo: "UploadedFile[bytes] | None" = None, author: User | None, now: datetime
) -> RequestEvent:
    """The resident adds words or a photo; agents see that it changed. Raises `EmptyText` and what photos raise."""
    service_request = lock(request_id)
    if not text.strip() and photo is None:
        raise EmptyText
    if photo is not None:
        photos.store(photo, service_request, now=now)
    if service_request.attention == Attention.NONE:
        service_request.attention = Attention.ADDITION
    save(service_request, now=now)
    step = add_step(service_request, Kind.ADDITION, now=now, is_public=True, text=text.strip(), author=author)
    publish(RequestCompleted(urn=service_request.urn, number=service_request.number, step_id=step.pk, at=now))
    return step


@transaction.atomic
def publish_note(*, request_id: int, version: int | None, text: str, by: User, now: datetime) -> Request:
    """The words anybody may read beside the request on the public list; empty takes them off."""
    service_request = lock(request_id, version)
    service_request.public_note = text.strip()
    save(service_request, now=now)
    journal(service_request, "public_note_set", by=by, right="requests.triage", now=now, empty=not text.strip())
    return service_request


@transaction.atomic
def renew_code(*, request_id: int, by: User, now: datetime) -> str:
    """A new tracking code for somebody who lost theirs; the old one and every link sent stop working."""
    service_request = lock(request_id)
    if service_request.contact_erased_at:
        raise NoMoreTracking
    service_request.code_seed = uuid4()
    code, service_request.code_fingerprint = tracking.issue(service_request.code_seed)
    save(service_request, now=now)
    add_step(service_request, Kind.CODE_RENEWED, now=now, is_public=False, author=by)
    journal(service_request, "code_renewed", by=by, right="requests.contact", now=now)
    return code
