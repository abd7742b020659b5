"""Facts about accounts. They name the account by `uid`, never by its address: events are stored as jobs.

`uid` is empty when nobody has the address given: the same job is queued either way, so that how long the answer takes tells nothing.
`organisation_slug` is the portal where it happened, whose identity the message bears.
"""

from dataclasses import dataclass

from parvis.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ResidentRegistered(Event):
    """`known` = the address already had a confirmed account: its owner is told, nothing changes."""

    uid: str
    known: bool
    organisation_slug: str = ""


@dataclass(frozen=True, kw_only=True)
class AgentInvited(Event):
    uid: str


@dataclass(frozen=True, kw_only=True)
class PasswordResetAsked(Event):
    uid: str
    organisation_slug: str = ""


@dataclass(frozen=True, kw_only=True)
class EmailChangeAsked(Event):
    uid: str
    organisation_slug: str = ""


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    uid: str


@dataclass(frozen=True, kw_only=True)
class AccountDeleted(Event):
    """For packages that keep the URN of a person; personal data is erased by `SubjectData` before this is published."""

    uid: str
