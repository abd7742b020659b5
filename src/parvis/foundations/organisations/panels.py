"""Blocks of organisations on the pages of other packages."""

from typing import Any

from django.http import HttpRequest

from parvis.foundations.organisations.competences import inherited
from parvis.foundations.organisations.models import Competence
from parvis.foundations.organisations.rules import Subject
from parvis.foundations.territory.models import Area
from parvis.kernel.urn import Urn


def competent_in_area(request: HttpRequest, urn: Urn) -> dict[str, Any] | None:
    """Who answers for each subject in an area."""
    area = Area.objects.filter(code=urn.local).defer("geometry").first()
    if area is None:
        return None
    own = Competence.objects.filter(area=area).select_related("organisation").order_by("id")
    named = inherited(area) | {row.subject: row.organisation for row in own}
    return {"answers": [(subject.label, named[subject.value]) for subject in Subject if subject.value in named]}
