"""Teams of an organisation."""

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Organisation, Team
from parvis.foundations.organisations.rules import Subject
from parvis.foundations.organisations.services.journal import journal
from parvis.kernel.errors import Refusal
from parvis.kernel.urn import SYSTEM


class TeamNameTaken(Refusal):
    """The organisation has a team of this name."""

    status = 409
    code = "team-name-taken"
    message = _("Cette organisation a déjà une équipe de ce nom.")


class TeamInUse(Refusal):
    """Work is recorded under this team."""

    status = 409
    code = "team-in-use"
    message = _("Cette équipe a des interventions à son nom : elle ne peut pas être supprimée.")


@transaction.atomic
def create_team(
    *, organisation: Organisation, name: str, subjects: Collection[str] = (), now: datetime, actor: str = str(SYSTEM)
) -> Team:
    """Raises `TeamNameTaken`."""
    team = _saved(Team(organisation=organisation, name=name, subjects=_ordered(subjects)))
    journal("team_created", organisation, actor=actor, now=now, details={"team": team.pk})
    return team


@transaction.atomic
def rename_team(*, team: Team, name: str, subjects: Collection[str], now: datetime, actor: str) -> Team:
    """Changes its name and its subjects. Raises `TeamNameTaken`."""
    team.name, team.subjects = name, _ordered(subjects)
    _saved(team)
    journal("team_changed", team.organisation, actor=actor, now=now, details={"team": team.pk})
    return team


@transaction.atomic
def delete_team(*, team: Team, now: datetime, actor: str) -> None:
    """Raises `TeamInUse`."""
    journal("team_deleted", team.organisation, actor=actor, now=now, details={"team": team.pk})
    try:
        team.delete()
    except (ProtectedError, RestrictedError) as error:
        raise TeamInUse from error


def _saved(team: Team) -> Team:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise TeamNameTaken from error
    return team


def _ordered(subjects: Collection[str]) -> list[str]:
    return [subject.value for subject in Subject if subject.value in subjects]
