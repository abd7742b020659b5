"""Leaving: what is known of a person is handed over or erased, wherever packages keep it (GDPR articles 15, 17, 20)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from parvis.foundations.audit.facade import record
from parvis.foundations.identity.events import AccountDeleted
from parvis.foundations.identity.models import User
from parvis.kernel.contributions import SubjectData
from parvis.kernel.errors import Refusal
from parvis.kernel.events import publish
from parvis.kernel.registry import registry
from parvis.kernel.urn import SYSTEM


class AgentAccount(Refusal):
    """Le compte d’un agent est fermé par son administrateur."""

    code = "agent-account"
    message = gettext_lazy("Le compte d’un agent est fermé par son administrateur, pas par l’agent lui-même.")


def gather(user: User) -> dict[str, Any]:
    """What every package holds of the account, by package name."""
    found: dict[str, Any] = {}
    for manifest, subject in registry.all(SubjectData):
        found.setdefault(manifest.name, {})[str(subject.label)] = subject.export(user)
    return found


@transaction.atomic
def delete_own_account(*, user: User, now: datetime) -> None:
    """At the person's own request. Raises `AgentAccount`."""
    if user.is_agent:
        raise AgentAccount
    close_account(user=user, now=now, by=user.urn)


@transaction.atomic
def close_account(*, user: User, now: datetime, by: str = str(SYSTEM)) -> int:
    """Erases what packages hold, then the account; answers the number of rows erased or made anonymous. The journal keeps the URN,
    which no longer leads to anyone."""
    erased = sum(subject.erase(user) for _, subject in registry.all(SubjectData))
    record(actor=by, action="account.deleted", urn=user.urn, now=now)
    publish(AccountDeleted(uid=str(user.uid)))
    user.delete()
    return erased + 1
