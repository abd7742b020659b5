"""API tokens: made, recognised, revoked. The secret exists in clear once, in the answer to whoever made it."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit.facade import record
from parvis.foundations.identity.models import ApiToken, User
from parvis.foundations.organisations.models import Organisation
from parvis.kernel.errors import Refusal
from parvis.kernel.urn import SYSTEM, Urn

PREFIX = "pv_"
CACHE_FOR = timedelta(seconds=30)
CACHE_SIZE = 10_000
NOTE_USE_EVERY = timedelta(minutes=1)


class NoScope(Refusal):
    """Choisissez au moins une portée."""

    code = "token-without-scope"
    message = _("Choisissez au moins une portée.")


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRef:
    """A recognised token, as other packages see it. `organisation_id` None = whole platform."""

    id: int
    name: str
    scopes: tuple[str, ...]
    organisation_id: int | None
    expires_at: datetime | None
    limits: Mapping[str, list[str]]

    @property
    def urn(self) -> str:
        return str(Urn("ApiToken", str(self.id)))


@transaction.atomic
def create_token(
    *,
    name: str,
    scopes: Sequence[str],
    organisation: Organisation | None,
    expires_at: datetime | None,
    created_by: User | None,
    now: datetime,
    limits: Mapping[str, list[str]] | None = None,
) -> tuple[ApiToken, str]:
    """The token and its secret, which cannot be had again. Raises `NoScope`."""
    if not scopes:
        raise NoScope
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        digest=_digest(secret),
        hint=secret[:8],
        scopes=sorted(set(scopes)),
        limits=dict(limits or {}),
        organisation=organisation,
        created_by=created_by,
        created_at=now,
        expires_at=expires_at,
    )
    record(
        actor=created_by.urn if created_by else str(SYSTEM),
        action="token.created",
        urn=str(Urn("ApiToken", str(token.pk))),
        organisation=organisation.slug if organisation else "",
        details={"scopes": " ".join(token.scopes)},
        now=now,
    )
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User, now: datetime) -> None:
    """Other processes may accept it 30 s longer (`verify_token` remembers that long)."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
    record(
        actor=by.urn,
        action="token.revoked",
        urn=str(Urn("ApiToken", str(token.pk))),
        organisation=token.organisation.slug if token.organisation else "",
        now=now,
    )
    forget()


_known: dict[bytes, tuple[TokenRef | None, datetime]] = {}
_lock = Lock()


def verify_token(secret: str, scope: str, now: datetime) -> TokenRef | None:
    """The token, if it is known, in force and has the scope. Remembered 30 s, failures too."""
    if not secret.startswith(PREFIX):
        return None
    digest = _digest(secret)
    with _lock:
        known, until = _known.get(digest, (None, now))
    if until <= now:
        known = _load(digest, now)
        with _lock:
            if len(_known) >= CACHE_SIZE:  # a flood of invented secrets must not fill the memory
                _known.clear()
            _known[digest] = (known, now + CACHE_FOR)
    if known is None or scope not in known.scopes:
        return None
    return known if known.expires_at is None or known.expires_at > now else None


def forget() -> None:
    """Empties what `verify_token` remembers in this process."""
    with _lock:
        _known.clear()


def bearer_secret(header: str) -> str:
    """The secret of an `Authorization: Bearer …` header (RFC 6750), or nothing."""
    scheme, _space, secret = header.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def _load(digest: bytes, now: datetime) -> TokenRef | None:
    token = ApiToken.objects.filter(digest=digest, revoked_at=None).first()
    if token is None:
        return None
    if token.last_used_at is None or now - token.last_used_at >= NOTE_USE_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return TokenRef(
        id=token.pk,
        name=token.name,
        scopes=tuple(token.scopes),
        organisation_id=token.organisation_id,
        expires_at=token.expires_at,
        limits=token.limits,
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
