"""Accounts, what they may do, their sessions, and what protects sign-in."""

from parvis.foundations.identity.models.external import ExternalIdentity
from parvis.foundations.identity.models.protection import AttemptRecord, RateCount, RecoveryCode, TotpDevice
from parvis.foundations.identity.models.rights import Assignment, Role
from parvis.foundations.identity.models.sessions import Session
from parvis.foundations.identity.models.tokens import ApiToken
from parvis.foundations.identity.models.users import User

__all__ = [
    "ApiToken",
    "Assignment",
    "AttemptRecord",
    "ExternalIdentity",
    "RateCount",
    "RecoveryCode",
    "Role",
    "Session",
    "TotpDevice",
    "User",
]
