"""Interventions, teams and crews for tests of any package."""

from itertools import count
from typing import Any

from parvis.domains.interventions.models import Intervention
from parvis.domains.interventions.services import assign, finish, open_intervention, start
from parvis.domains.interventions.values import InterventionOrder
from parvis.foundations.identity.models import User
from parvis.foundations.identity.tests.factories import NOW, make_agent
from parvis.foundations.organisations.models import Kind, Organisation, Team

_numbers = count(1)

CREW_RIGHTS = ("interventions.view", "interventions.perform")


def make_organisation(**fields: Any) -> Organisation:
    number = next(_numbers)
    defaults = {"kind": Kind.OPERATOR, "name": f"Régie {number}", "short_name": f"R{number}", "slug": f"r{number}"}
    return Organisation.objects.create(**{**defaults, **fields})


def make_team(organisation: Organisation, **fields: Any) -> Team:
    defaults = {"name": f"Équipe {next(_numbers)}", "organisation": organisation, "subjects": ["lighting"]}
    return Team.objects.create(**{**defaults, **fields})


def make_crew(team: Team, *rights: str) -> User:
    """A member of this team, with the rights of a crew on its organisation."""
    user = make_agent(*(rights or CREW_RIGHTS), organisation=team.organisation)
    user.teams.add(team)
    return user


def order(organisation: Organisation, **fields: Any) -> InterventionOrder:
    defaults: dict[str, Any] = {
        "title": f"Lampadaire éteint {next(_numbers)}",
        "subject": "lighting",
        "organisation_id": organisation.pk,
        "longitude": 5.04,
        "latitude": 47.32,
        "address": "Place de la Libération",
        "actor": "urn:ngsi-ld:System:parvis",
    }
    return InterventionOrder(**defaults | fields)


def make_intervention(
    organisation: Organisation | None = None,
    *,
    team: Team | None = None,
    started_by: User | None = None,
    done: bool = False,
    now: Any = NOW,
    **fields: Any,
) -> Intervention:
    """Open; assigned with `team`; in progress with `started_by`; finished with `done`."""
    owner = organisation or (team.organisation if team else make_organisation())
    ref = open_intervention(order=order(owner, **fields), now=now)
    intervention = Intervention.objects.get(number=ref.number)
    if team:
        intervention = assign(intervention=intervention, team=team, by=make_agent(), now=now)
    if started_by:
        intervention = start(intervention=intervention, by=started_by, now=now)
    if done and started_by:
        intervention = finish(intervention=intervention, by=started_by, now=now)
    return intervention
