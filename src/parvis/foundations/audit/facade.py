"""What every other package may call: one line in the journal, in the caller's transaction."""

from parvis.foundations.audit.services import record

__all__ = ["record"]
