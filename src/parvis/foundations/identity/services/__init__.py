"""What can be done with accounts and rights; one subject a file."""

from parvis.foundations.identity.rates import allow
from parvis.foundations.identity.services.accounts import create_agent, register_resident
from parvis.foundations.identity.services.rights import assign, ensure_role
from parvis.foundations.identity.tokens import create_token

__all__ = ["allow", "assign", "create_agent", "create_token", "ensure_role", "register_resident"]
