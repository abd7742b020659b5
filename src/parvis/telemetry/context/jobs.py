"""What the context does when time passes."""

from datetime import datetime

from parvis.telemetry.context.query.asked import forget_unasked
from parvis.telemetry.context.services import refresh_states


def refresh(now: datetime) -> int:
    return refresh_states(now=now)


def forget_values(now: datetime) -> int:
    return forget_unasked(now)
