"""What hot doors and other packages may ask: who a session or a token stands for. Synchronous: call it in a thread."""

from parvis.foundations.identity.rights import Rights
from parvis.foundations.identity.sessions import user_of_key
from parvis.foundations.identity.tokens import TokenRef, bearer_secret, verify_token
from parvis.kernel import clock

__all__ = ["Rights", "TokenRef", "bearer_secret", "rights_of_session", "verify_token"]


def rights_of_session(session_key: str) -> Rights | None:
    """None: the cookie stands for nobody (any more). The rights are loaded at their first question."""
    user = user_of_key(session_key, clock.now())
    return None if user is None else Rights.of(user.pk)
