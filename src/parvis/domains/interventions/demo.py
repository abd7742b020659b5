"""Teams of the demonstration's organisations, and work for them: what residents reported is given to crews."""

from django.db import transaction

from parvis.domains.interventions import services
from parvis.domains.interventions.models import Intervention
from parvis.domains.interventions.rules import State
from parvis.foundations.identity.models import User
from parvis.foundations.organisations.models import Kind, Organisation, Team
from parvis.foundations.organisations.rules import Subject
from parvis.kernel.contributions import DemoScene

CREW_EMAIL = "equipage-simule@parvis.example"
METROPOLITAN = {
    "Éclairage public": (Subject.LIGHTING,),
    "Voirie et signalisation": (Subject.ROADS, Subject.SIGNALS, Subject.PARKING),
    "Collecte des déchets": (Subject.WASTE,),
    "Eau et assainissement": (Subject.WATER, Subject.ENVIRONMENT),
    "Équipe polyvalente": (Subject.OTHER, Subject.BUILDINGS),
}
MUNICIPAL = {
    "Services techniques": (Subject.CLEANING, Subject.GREEN, Subject.BUILDINGS, Subject.TRANQUILLITY, Subject.OTHER)
}
ASSIGNED_SHARE = 0.6  # but all of the lighting, whose crew has a demonstration account


@transaction.atomic
def load(scene: DemoScene) -> None:
    scene.progress("équipes et interventions (synthétiques)")
    for organisation in Organisation.objects.filter(kind__in=[Kind.METROPOLIS, Kind.COMMUNE]):
        teams = METROPOLITAN if organisation.kind == Kind.METROPOLIS else MUNICIPAL
        for name, subjects in teams.items():
            Team.objects.get_or_create(
                name=name, organisation=organisation, defaults={"subjects": [str(subject) for subject in subjects]}
            )
    crew, created = User.objects.get_or_create(
        email=CREW_EMAIL, defaults={"display_name": "Équipage simulé", "is_agent": True, "created_at": scene.now}
    )
    if not created:
        return
    crew.set_unusable_password()
    crew.save()
    for intervention in Intervention.objects.filter(state=State.OPEN).order_by("id"):
        team = team_for(intervention)
        if team is not None and (intervention.subject == Subject.LIGHTING or scene.rng.random() < ASSIGNED_SHARE):
            services.assign(intervention=intervention, team=team, by=crew, now=scene.now)


def team_for(intervention: Intervention) -> Team | None:
    """A team of its organisation that does this kind of work."""
    return (
        Team.objects.filter(organisation_id=intervention.organisation_id, subjects__contains=[intervention.subject])
        .order_by("id")
        .first()
    )
