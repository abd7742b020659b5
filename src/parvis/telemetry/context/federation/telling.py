"""Those who follow the registrations hear of their changes (ETSI GS CIM 009 V1.8.1, 5.11.7)."""

from datetime import datetime

from parvis.telemetry.context.federation.sources import Source


def source_changed(*, before: Source | None, after: Source | None, now: datetime) -> None:
    """In the transaction that changes it. None before: it is new; None after: it is gone."""
