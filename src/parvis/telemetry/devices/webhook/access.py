"""Which source a request may feed: by its token or by its signature, remembered for half a minute so that the hot path asks nobody."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import close_old_connections
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.foundations.identity.facade import TokenRef, verify_token
from parvis.foundations.organisations.selectors import with_services
from parvis.telemetry.devices.ingestion import SourceRef, source_ref
from parvis.telemetry.devices.models import Server, Source

from .signatures import Request, is_signed, key_of

SCOPE = "devices.uplink"
# ThingPark can neither set a header nor sign without its operator's help: its tokens may be in the address, which we never log.
TOKEN_IN_QUERY = {Server.THINGPARK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A token, "" when there is none."""

    secret: str = field(repr=False)
    in_query: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """HTTP status and, in the words of whoever configures the network server, why."""

    status: int
    why: str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """`then`, for a request whose signature holds."""

    then: SourceRef | Denied
    signature: str
    key: str = field(repr=False)

    def opened(self, request: Request | None, now: datetime) -> SourceRef | Denied:
        """None: a body that is too large to be read."""
        if request is None or not is_signed(request, signature=self.signature, key=self.key, now=now):
            return NO_TOKEN
        return self.then


Admission = SourceRef | Signed | Denied

# The same words for a wrong token, a wrong signature and a source that does not exist: they teach nothing.
NO_TOKEN = Denied(
    status=401,
    why=_("Jeton ou signature absents ou faux, ou jeton expiré ou sans la portée « devices.uplink »."),
)
UNKNOWN_SOURCE = Denied(status=404, why=_("Aucune source ne porte cet identifiant."))
INACTIVE_SOURCE = Denied(status=403, why=_("Cette source est désactivée."))
OTHER_ORGANISATION = Denied(status=403, why=_("Ce jeton est celui d’une autre organisation que la source."))


def admission(credential: Credential, slug: str, now: datetime) -> Admission:
    """Asks the database; synchronous. A wrong token learns nothing of which sources exist. A source with a signature is fed by
    nothing else."""
    close_old_connections()
    source = Source.objects.filter(slug=slug).first() if "\0" not in slug else None  # which PostgreSQL refuses
    if source is not None and source.signature:
        then = source_ref(source) if source.is_active else INACTIVE_SOURCE
        return Signed(then=then, signature=source.signature, key=key_of(source))
    token = verify_token(credential.secret, SCOPE, now)
    if token is None or (credential.in_query and (source is None or source.server not in TOKEN_IN_QUERY)):
        return NO_TOKEN
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
        self._known: dict[tuple[Credential | None, str], tuple[Admission, float]] = {}

    def get(self, credential: Credential, slug: str, clock: Callable[[], float]) -> Admission | None:
        known = self._known.get((None, slug)) or self._known.get((credential, slug))
        return known[0] if known is not None and known[1] > clock() else None

    def put(self, credential: Credential, slug: str, found: Admission, clock: Callable[[], float]) -> None:
        if len(self._known) >= self._most:  # a flood of invented tokens must not fill the memory
            self._known = {key: known for key, known in self._known.items() if not isinstance(known[0], Denied)}
            if len(self._known) >= self._most:
                self._known.clear()
        kept_s = self._refused_s if isinstance(found, Denied) else self._kept_s
        whose = None if isinstance(found, Signed) else credential  # a signature does not ask for a token
        if whose is not None:
            self._known.pop((None, slug), None)
        self._known[whose, slug] = (found, clock() + kept_s)
