"""How often one network may ask, wide enough for a school or a town hall behind one address."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from parvis.foundations.identity.models import User
from parvis.foundations.identity.rates import allow
from parvis.foundations.identity.sessions import client_network
from parvis.kernel import clock
from parvis.kernel.errors import Refusal

REPORTS = (40, 3600)
"""Reports sent (number, seconds): a whole class can report, a script cannot flood the agents."""

PHOTOS = (60, 600)
LOOKUPS = (200, 600)
"""Tracking pages opened, right codes and wrong ones alike. At this pace, finding one request among a million takes one network
some fifty years."""


class TooMany(Refusal):
    status = 429
    code = "too-many"
    message = _(
        "Trop de demandes depuis votre connexion. Patientez quelques minutes, puis recommencez : rien n’est perdu."
    )


def limit(request: HttpRequest, what: str, pace: tuple[int, int]) -> None:
    """Counts one more, for the account when there is one, else for the network. Raises `TooMany`."""
    who = f"user:{request.user.pk}" if isinstance(request.user, User) else f"net:{client_network(request)}"
    count, period_s = pace
    if not allow(key=f"requests.{what}:{who}", limit=count, period_s=period_s, now=clock.now()):
        raise TooMany
