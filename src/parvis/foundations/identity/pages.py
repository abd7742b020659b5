"""Where agents see a person whose URN they come across."""

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse

from parvis.foundations.identity.models import User
from parvis.kernel.urn import Urn


def page_of_person(urn: Urn) -> str | None:
    """None for an account that is no more. The page itself checks the right to see it."""
    uid = _uid(urn)
    if uid is None:
        return None
    is_agent = User.objects.filter(uid=uid).values_list("is_agent", flat=True).first()
    if is_agent is None:
        return None
    return reverse(f"backoffice:identity:{'agent' if is_agent else 'resident'}", args=[uid])


def names_of_people(urns: Sequence[Urn]) -> dict[Urn, str]:
    """Agents only: the journal names nobody who did not act for the public service."""
    found = User.objects.agents().filter(uid__in=[uid for urn in urns if (uid := _uid(urn))])
    return {Urn.parse(user.urn): user.display_name for user in found.only("uid", "display_name")}


def _uid(urn: Urn) -> UUID | None:
    try:
        return UUID(urn.local)
    except ValueError:
        return None
