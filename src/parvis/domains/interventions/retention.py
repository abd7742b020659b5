"""How long interventions keep what tells of a person: the agents' names and words, and what a photo may show."""

from datetime import datetime, timedelta

from django.db import transaction

from parvis.capabilities.files.services import discard
from parvis.domains.interventions.models import Intervention, InterventionEvent, Photo
from parvis.foundations.identity.models import User
from parvis.kernel.urn import SYSTEM

KEEP_DAYS = 1825
"""Five years: prescription of an action on works (Code civil, art. 2224)."""

PHOTO_KEEP_DAYS = 730
"""Two years: enough to discuss a repair with a contractor or an insurer, and passers-by are on some of them."""


def purge_words(now: datetime) -> int:
    """Ended interventions past the term keep their facts and lose what people wrote. A refusal keeps a reason, by constraint."""
    old = Intervention.objects.filter(ended_at__lt=now - timedelta(days=KEEP_DAYS))
    kept = {"comment": "", "public_comment": "", "description": "", "started_by": None, "opened_by_urn": str(SYSTEM)}
    wordy = old.exclude(**kept, reason__in=("", "–"))
    refused = wordy.filter(state="refused").update(**kept, reason="–")
    return refused + wordy.exclude(state="refused").update(**kept, reason="")


def purge_lines(now: datetime) -> int:
    old = InterventionEvent.objects.filter(at__lt=now - timedelta(days=KEEP_DAYS)).exclude(by=None, text="")
    return old.update(by=None, text="")


@transaction.atomic
def purge_photos(now: datetime) -> int:
    """Of what ended before the term: the bytes and the rows."""
    ended = Intervention.objects.filter(
        ended_at__lt=now - timedelta(days=PHOTO_KEEP_DAYS), photos__isnull=False
    ).distinct()
    count = 0
    for intervention in ended:
        count += Photo.objects.filter(intervention=intervention).delete()[0]
        discard(owner_urn=str(intervention.urn), now=now)
    return count


def export(user: User) -> list[dict[str, object]]:
    return [
        {"intervention": line.intervention.number, "what": line.kind, "at": line.at.isoformat(), "text": line.text}
        for line in InterventionEvent.objects.filter(by=user).select_related("intervention").order_by("at", "id")
    ]


def erase(user: User) -> int:
    """The work stays, without who did it."""
    Intervention.objects.filter(started_by=user).update(started_by=None)
    Intervention.objects.filter(opened_by_urn=user.urn).update(opened_by_urn=str(SYSTEM))
    Photo.objects.filter(taken_by=user).update(taken_by=None)
    return InterventionEvent.objects.filter(by=user).update(by=None)
