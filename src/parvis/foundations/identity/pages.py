"""Where agents see a person whose URN they come across."""

from uuid import UUID

from django.urls import reverse

from parvis.foundations.identity.models import User
from parvis.kernel.urn import Urn


def page_of_person(urn: Urn) -> str | None:
    """None for an account that is no more. The page itself checks the right to see it."""
    try:
        uid = UUID(urn.local)
    except ValueError:
        return None
    is_agent = User.objects.filter(uid=uid).values_list("is_agent", flat=True).first()
    if is_agent is None:
        return None
    return reverse(f"backoffice:identity:{'agent' if is_agent else 'resident'}", args=[uid])
