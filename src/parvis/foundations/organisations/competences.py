"""The table of competences as a page shows it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from parvis.foundations.organisations.models import Competence, Organisation
from parvis.foundations.organisations.rules import Subject
from parvis.foundations.territory.models import Area


@dataclass(frozen=True, kw_only=True)
class Cell:
    """`own`: named for this very area; otherwise it comes from the area around, or nobody answers."""

    subject: Subject
    organisation: Organisation | None
    own: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    area: Area
    cells: tuple[Cell, ...]


def table(areas: Iterable[Area], parents: Mapping[int, Area]) -> Iterator[Row]:
    """One row per area, in its order; `parents` by id holds the areas around them. One query whatever the number of rows."""
    areas = list(areas)
    rows = Competence.objects.filter(area__in=[*areas, *parents.values()]).select_related("organisation").order_by("id")
    named = {(row.area_id, row.subject): row.organisation for row in rows}
    for area in areas:
        yield Row(area=area, cells=tuple(_cell(subject, area, parents, named) for subject in Subject))


def inherited(area: Area) -> dict[str, Organisation]:
    """Who answers around an area, by subject: what it says itself is left out."""
    parent = Area.objects.select_related("parent__parent").filter(children=area).first()
    around: dict[str, Organisation] = {}
    chain = []
    while parent is not None:
        chain.append(parent.pk)
        parent = parent.parent
    named = Competence.objects.filter(area__in=chain).select_related("organisation").order_by("id")
    for area_id in reversed(chain):
        around |= {row.subject: row.organisation for row in named if row.area_id == area_id}
    return around


def _cell(
    subject: Subject, area: Area, parents: Mapping[int, Area], named: Mapping[tuple[int, str], Organisation]
) -> Cell:
    own = named.get((area.pk, subject.value))
    current: Area | None = area
    found = own
    while found is None and current is not None and current.parent_id is not None:
        found = named.get((current.parent_id, subject.value))
        current = parents.get(current.parent_id)
    return Cell(subject=subject, organisation=found, own=own is not None)
