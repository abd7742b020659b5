"""Simulated crews: they take the work that alarms of the demonstration open, and leave what residents asked to visitors."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from parvis.domains.interventions import services
from parvis.domains.interventions.demo import CREW_EMAIL, team_for
from parvis.domains.interventions.models import Intervention
from parvis.domains.interventions.rules import State
from parvis.foundations.identity.models import User
from parvis.kernel.contributions import SimulatedUplink

TO_ASSIGN = timedelta(seconds=30)
TO_START = timedelta(seconds=30)
TO_FINISH = timedelta(seconds=60)
COMMENTS = {
    "lighting": "Module LED remplacé, essai concluant. (synthétique)",
    "waste": "Conteneur vidé, abords nettoyés. (synthétique)",
}


def step(now: datetime, rng: random.Random) -> Iterator[SimulatedUplink]:
    """Moves at most one intervention a second; acts, and posts nothing."""
    crew = User.objects.filter(email=CREW_EMAIL).first()
    if crew is not None:
        _act(crew, now)
    yield from ()


def _act(crew: User, now: datetime) -> None:
    work = Intervention.objects.open().filter(causes__cause_urn__startswith="urn:ngsi-ld:Alarm:").order_by("id")
    if waiting := work.filter(state=State.OPEN, opened_at__lt=now - TO_ASSIGN).first():
        if team := team_for(waiting):
            services.assign(intervention=waiting, team=team, by=crew, now=now)
    elif ready := work.filter(state=State.ASSIGNED, assigned_at__lt=now - TO_START).first():
        services.start(intervention=ready, by=crew, now=now)
    elif going := work.filter(state=State.IN_PROGRESS, started_at__lt=now - TO_FINISH).first():
        comment = COMMENTS.get(going.subject, "Fait. (synthétique)")
        services.finish(intervention=going, by=crew, now=now, comment=comment, public_comment=comment)
