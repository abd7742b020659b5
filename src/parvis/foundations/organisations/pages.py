"""Where an organisation is shown to agents."""

from django.urls import reverse

from parvis.foundations.organisations.models import Organisation
from parvis.kernel.urn import Urn


def page_of(urn: Urn) -> str | None:
    if not Organisation.objects.filter(slug=urn.local).exists():
        return None
    return reverse("backoffice:organisations:organisation", args=[urn.local])
