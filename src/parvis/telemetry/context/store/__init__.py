"""Writing things: every change of the broker goes through one door, in one transaction, as operations on locked rows."""

from parvis.telemetry.context.store.values import Effect, Fragment, Operation, Outcome, Stored

__all__ = ["Effect", "Fragment", "Operation", "Outcome", "Stored"]
