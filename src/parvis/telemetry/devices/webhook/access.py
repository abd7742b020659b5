"""Which source a request may feed: by its token, remembered for half a minute so that the hot path asks nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.foundations.identity.facade import TokenRef, verify_token
from parvis.foundations.organisations.selectors import with_services
from parvis.telemetry.devices.ingestion import SourceRef, source_ref
from parvis.telemetry.devices.models import Source

SCOPE = "devices.uplink"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """HTTP status and, in the words of whoever configures the network server, why."""

    status: int
    why: str | Promise


Admission = SourceRef | Denied

NO_TOKEN = Denied(status=401, why=_("Jeton absent, inconnu, expiré ou sans la portée « devices.uplink »."))
UNKNOWN_SOURCE = Denied(status=404, why=_("Aucune source ne porte cet identifiant."))
INACTIVE_SOURCE = Denied(status=403, why=_("Cette source est désactivée."))
OTHER_ORGANISATION = Denied(status=403, why=_("Ce jeton est celui d’une autre organisation que la source."))


def admission(secret: str, slug: str, now: datetime) -> Admission:
    """Asks the database; synchronous. A wrong token learns nothing of which sources exist."""
    close_old_connections()
    token = verify_token(secret, SCOPE, now)
    if token is None:
        return NO_TOKEN
    source = Source.objects.filter(slug=slug).first()
    if source is None:
        return UNKNOWN_SOURCE
    if not source.is_active:
        return INACTIVE_SOURCE
    if not _may_feed(token, source):
        return OTHER_ORGANISATION
    return source_ref(source)


def _may_feed(token: TokenRef, source: Source) -> bool:
    """A token of an organisation feeds its sources and those of its services; a token of the platform feeds all."""
    if token.organisation_id is None:
        return True
    return source.organisation_id is not None and source.organisation_id in with_services(token.organisation_id)


class Admissions:
    """Remembers admissions: `kept_s` for those granted, `refused_s` for the others (a new token must soon serve)."""

    def __init__(self, *, kept_s: float = 30.0, refused_s: float = 5.0, most: int = 10_000) -> None:
        self._kept_s = kept_s
        self._refused_s = refused_s
        self._most = most
        self._known: dict[tuple[str, str], tuple[Admission, float]] = {}

    def get(self, secret: str, slug: str, clock: Callable[[], float]) -> Admission | None:
        known = self._known.get((secret, slug))
        return known[0] if known is not None and known[1] > clock() else None

    def put(self, secret: str, slug: str, found: Admission, clock: Callable[[], float]) -> None:
        if len(self._known) >= self._most:  # a flood of invented tokens must not fill the memory
            self._known = {key: known for key, known in self._known.items() if isinstance(known[0], SourceRef)}
            if len(self._known) >= self._most:
                self._known.clear()
        kept_s = self._kept_s if isinstance(found, SourceRef) else self._refused_s
        self._known[secret, slug] = (found, clock() + kept_s)
