"""Verbs that change organisations. Each is journaled."""

from parvis.foundations.organisations.services.competences import set_competences
from parvis.foundations.organisations.services.creation import (
    CreationReport,
    create_from_territory,
    create_organisation,
)
from parvis.foundations.organisations.services.identity import HostTaken, change_identity, change_logo
from parvis.foundations.organisations.services.settings import WrongValue, change_domains, change_settings
from parvis.foundations.organisations.services.teams import TeamInUse, create_team, delete_team, rename_team

__all__ = [
    "CreationReport",
    "HostTaken",
    "TeamInUse",
    "WrongValue",
    "change_domains",
    "change_identity",
    "change_logo",
    "change_settings",
    "create_from_territory",
    "create_organisation",
    "create_team",
    "delete_team",
    "rename_team",
    "set_competences",
]
