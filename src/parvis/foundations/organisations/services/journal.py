"""One line of journal per change to an organisation."""

from collections.abc import Mapping
from datetime import datetime

from parvis.foundations.audit.facade import record
from parvis.foundations.organisations.models import Organisation


def journal(
    action: str,
    organisation: Organisation,
    *,
    actor: str,
    now: datetime,
    details: Mapping[str, str | int | float | bool | None] | None = None,
) -> None:
    record(
        actor=actor,
        action=f"organisation.{action}",
        urn=organisation.urn,
        right="organisations.manage",
        organisation=organisation.slug,
        details=details,
        now=now,
    )
