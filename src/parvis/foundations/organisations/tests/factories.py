"""Organisations for tests of every package."""

from itertools import count
from typing import Any

from parvis.foundations.organisations.models import Competence, Kind, Organisation, Team
from parvis.foundations.organisations.rules import Subject
from parvis.foundations.territory.models import Area, AreaKind
from parvis.foundations.territory.tests.factories import make_commune, make_epci

_numbers = count(1)


def make_metropolis(**fields: Any) -> Organisation:
    """With its EPCI, unless `area` is given."""
    area = fields.pop("area", None) or Area.objects.filter(kind=AreaKind.EPCI).first() or make_epci()
    return Organisation.objects.create(
        **{
            "kind": Kind.METROPOLIS,
            "name": area.name,
            "short_name": area.name,
            "slug": "metropole",
            "area": area,
            "primary_colour": "#004e6f",
            **fields,
        }
    )


def make_commune_organisation(**fields: Any) -> Organisation:
    """With its commune, unless `area` is given."""
    number = next(_numbers)
    area = fields.pop("area", None) or make_commune()
    return Organisation.objects.create(
        **{
            "kind": Kind.COMMUNE,
            "name": area.name,
            "short_name": area.name,
            "slug": f"commune-{number}",
            "area": area,
            "primary_colour": "#823642",
            **fields,
        }
    )


def make_service(parent: Organisation, **fields: Any) -> Organisation:
    number = next(_numbers)
    return Organisation.objects.create(
        **{
            "kind": Kind.SERVICE,
            "name": f"Service {number}",
            "short_name": "",
            "slug": f"service-{number}",
            "parent": parent,
            **fields,
        }
    )


def make_team(organisation: Organisation, **fields: Any) -> Team:
    return Team.objects.create(**{"organisation": organisation, "name": f"Équipe {next(_numbers)}", **fields})


def make_competence(organisation: Organisation, subject: Subject, area: Area) -> Competence:
    return Competence.objects.create(organisation=organisation, subject=subject, area=area)
