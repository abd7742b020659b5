"""Where an area is shown to agents."""

from django.urls import reverse

from parvis.foundations.territory.models import Area
from parvis.kernel.urn import Urn


def page_of(urn: Urn) -> str | None:
    if not Area.objects.filter(code=urn.local).exists():
        return None
    return reverse("backoffice:territory:area", args=[urn.local])
