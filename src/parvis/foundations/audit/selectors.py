"""The journal as an agent may read it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils.timezone import make_aware

from parvis.foundations.audit.models import Entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Empty = all. `action` is a code or the beginning of one (`request.`); dates are whole days of the deployment's time zone."""

    actor: str = ""
    action: str = ""
    urn: str = ""
    organisation: str = ""
    since: date | None = None
    until: date | None = None


def journal(wanted: Filter, organisations: frozenset[str] | None) -> QuerySet[Entry]:
    """The last first. `organisations` (slugs) are those whose entries may be seen; None = all, those of no organisation too."""
    entries = Entry.objects.sealed()
    if organisations is not None:
        entries = entries.filter(organisation__in=organisations)
    if wanted.organisation:
        entries = entries.filter(organisation=wanted.organisation)
    if wanted.actor:
        entries = entries.filter(actor=wanted.actor)
    if wanted.urn:
        entries = entries.filter(urn=wanted.urn)
    if wanted.action:
        entries = entries.filter(action__startswith=wanted.action)
    if wanted.since:
        entries = entries.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        entries = entries.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    return entries.order_by("-position")


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalPage:
    """`older` and `newer` are the positions to ask next, None at either end: a page stays the same while entries are added."""

    entries: tuple[Entry, ...]
    older: int | None
    newer: int | None


def journal_page(
    entries: QuerySet[Entry], *, before: int | None = None, after: int | None = None, size: int = 50
) -> JournalPage:
    """The `size` entries just older than `before`, or just newer than `after`, or the last ones. No count: the journal may be long."""
    if after is not None:
        found = list(entries.filter(position__gt=after).order_by("position")[: size + 1])
        more_newer, rows, more_older = len(found) > size, found[:size][::-1], True
    else:
        found = list((entries if before is None else entries.filter(position__lt=before))[: size + 1])
        more_newer, rows, more_older = before is not None, found[:size], len(found) > size
    return JournalPage(
        entries=tuple(rows),
        older=rows[-1].position if rows and more_older else None,
        newer=rows[0].position if rows and more_newer else None,
    )


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))
