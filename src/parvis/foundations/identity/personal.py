"""What accounts themselves hold of a person, for the person (GDPR articles 15 and 20)."""

from typing import Any

from parvis.foundations.identity.browsers import describe
from parvis.foundations.identity.models import User


def export(user: User) -> dict[str, Any]:
    return {
        "identifier": user.urn,
        "name": user.display_name,
        "email": user.email,
        "language": user.language,
        "created_at": user.created_at,
        "email_confirmed_at": user.email_confirmed_at,
        "last_sign_in": user.last_login,
        "agent": user.is_agent,
        "roles": [
            {
                "role": assignment.role.label,
                "organisation": assignment.organisation.name if assignment.organisation else None,
                "area": assignment.area.name if assignment.area else None,
            }
            for assignment in user.assignments.select_related("role", "organisation", "area")
        ],
        "sessions": [
            {
                "browser": describe(session.browser),
                "address": session.address,
                "opened_at": session.signed_in_at,
                "last_used_at": session.seen_at,
            }
            for session in user.sessions.all()
        ],
        "external_identities": list(user.external_identities.values("provider", "subject", "linked_at")),
    }


def erase(user: User) -> int:
    """The account itself goes last, by `close_account`; what hangs from it goes with it."""
    sessions, _ = user.sessions.all().delete()
    return sessions
