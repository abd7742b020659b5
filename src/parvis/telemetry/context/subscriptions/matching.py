"""Which subscriptions a write concerns; called in its transaction."""

from collections.abc import Sequence
from datetime import datetime

from parvis.kernel.contributions import EntityChange


def on_changes(changes: Sequence[EntityChange], now: datetime) -> None:
    return
