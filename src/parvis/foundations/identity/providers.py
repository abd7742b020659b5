"""How people prove who they are: a password today, FranceConnect and ProConnect (OpenID Connect) when they are configured.

A provider turns a request into an account. The rest (second factor, session, journal) is the same for all: `views/portal/sign_in.py`.
"""

from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.foundations.identity.models import ExternalIdentity, User
from parvis.foundations.identity.services.passwords import authenticate
from parvis.foundations.identity.sessions import client_network


class SignInProvider(Protocol):
    """`start` is the name of the page that leads to the provider; empty for the form of the sign-in page itself."""

    @property
    def code(self) -> str: ...

    @property
    def label(self) -> str | Promise: ...

    @property
    def start(self) -> str: ...

    def account(self, request: HttpRequest, now: datetime) -> User:
        """Who is signing in by this request. Raises a `Refusal` to show."""
        ...


class PasswordProvider:
    code = "password"
    label = _("Adresse et mot de passe")
    start = ""

    def account(self, request: HttpRequest, now: datetime) -> User:
        return authenticate(
            email=request.POST.get("email", ""),
            password=request.POST.get("password", ""),
            address=client_network(request),
            now=now,
        )


PROVIDERS: tuple[SignInProvider, ...] = (PasswordProvider(),)


def provider_named(code: str) -> SignInProvider:
    """Raises `KeyError`."""
    return {provider.code: provider for provider in PROVIDERS}[code]


def linked_account(*, provider: str, subject: str) -> User | None:
    """The account that this person of the provider was linked to."""
    link = ExternalIdentity.objects.select_related("user").filter(provider=provider, subject=subject).first()
    return link.user if link and link.user.is_active else None


@transaction.atomic
def link_account(*, user: User, provider: str, subject: str, now: datetime) -> ExternalIdentity:
    """Once the person has proved both. A `subject` linked to someone else violates `identity_external_subject_once`."""
    link, _created = ExternalIdentity.objects.update_or_create(
        user=user, provider=provider, defaults={"subject": subject, "linked_at": now}
    )
    return link
