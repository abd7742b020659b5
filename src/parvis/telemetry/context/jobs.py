"""What the context does when time passes."""

from datetime import datetime

from parvis.telemetry.context.services import refresh_states


def refresh(now: datetime) -> int:
    return refresh_states(now=now)
