"""Makes the organisations a territory needs: its metropolis and one per commune, with what the law gives each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from parvis.foundations.organisations.domains import all_domains
from parvis.foundations.organisations.models import Competence, Kind, Organisation
from parvis.foundations.organisations.rules import Subject, default_competences
from parvis.foundations.organisations.rules.theme import distinct_colour
from parvis.foundations.organisations.services.journal import journal
from parvis.foundations.territory.models import Area
from parvis.foundations.territory.selectors import communes, territory
from parvis.kernel.errors import Refusal
from parvis.kernel.urn import SYSTEM

RESERVED = frozenset({"new", "competences", "verdict"})
"""Addresses of the back office that would hide an organisation's page."""


class NoTerritory(Refusal):
    """Organisations are made from the territory, which is not loaded."""

    code = "no-territory"


@dataclass(frozen=True, kw_only=True)
class CreationReport:
    created: int
    unchanged: int
    competences: int
    """Competences added: none at a second time, and none where someone was already named."""


@transaction.atomic
def create_from_territory(*, now: datetime, actor: str = str(SYSTEM)) -> CreationReport:
    """Adds what is missing and touches nothing that exists: a city's own choices stay. Raises `NoTerritory`."""
    epci = territory()
    if epci is None:
        raise NoTerritory(_("Chargez d’abord le territoire : parvis load territory --epci SIREN."))
    areas = [epci, *communes()]
    existing = {one.area_id: one for one in Organisation.objects.filter(kind__in=[Kind.METROPOLIS, Kind.COMMUNE])}
    main = Organisation.objects.main()
    if main is not None:
        existing[epci.pk] = main
    created = [_create(area, rank) for rank, area in enumerate(areas) if area.pk not in existing]
    for organisation in created:
        journal("created", organisation, actor=actor, now=now)
    by_area = existing | {one.area_id: one for one in created}
    added = _add_competences(epci, areas[1:], {area.pk: by_area[area.pk] for area in areas})
    return CreationReport(created=len(created), unchanged=len(areas) - len(created), competences=added)


@transaction.atomic
def create_organisation(
    *,
    kind: Kind,
    name: str,
    short_name: str = "",
    parent: Organisation | None = None,
    area: Area | None = None,
    primary_colour: str = "",
    email: str = "",
    phone: str = "",
    now: datetime,
    actor: str = str(SYSTEM),
) -> Organisation:
    """A service, an operator or a partner; it takes the colour of what it depends on."""
    colour = primary_colour or (parent.primary_colour if parent else distinct_colour(Organisation.objects.count()))
    organisation = Organisation.objects.create(
        kind=kind,
        name=name,
        short_name=short_name or name[:40],
        slug=free_slug(name),
        parent=parent,
        area=area,
        primary_colour=colour,
        email=email,
        phone=phone,
    )
    journal("created", organisation, actor=actor, now=now)
    return organisation


def free_slug(name: str) -> str:
    """The name as an address, numbered when it is taken."""
    base = slugify(name)[:55] or "organisation"
    taken = RESERVED | set(Organisation.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(
        slug
        for number in range(1, len(taken) + 2)
        if (slug := base if number == 1 else f"{base}-{number}") not in taken
    )


def _create(area: Area, rank: int) -> Organisation:
    kind = Kind.METROPOLIS if rank == 0 else Kind.COMMUNE
    name = area.name
    return Organisation.objects.create(
        kind=kind,
        name=name,
        short_name=name[:40],
        slug=free_slug(name),
        siren=area.siren,
        area=area,
        primary_colour=distinct_colour(rank),
        domains=sorted(all_domains()),
    )


def _add_competences(epci: Area, communes: Iterable[Area], by_area: Mapping[int, Organisation]) -> int:
    of_epci = default_competences(epci.legal_form)
    wanted = [(subject, epci) for subject in Subject if subject in of_epci]
    wanted += [(subject, area) for area in communes for subject in Subject if subject not in of_epci]
    existing = set(Competence.objects.values_list("subject", "area_id"))
    rows = [
        Competence(subject=subject, area=area, organisation=by_area[area.pk])
        for subject, area in wanted
        if (subject.value, area.pk) not in existing
    ]
    return len(Competence.objects.bulk_create(rows))
