"""Entries for tests, and the end of a transaction without ending it."""

from datetime import UTC, datetime

from django.db import connection

from parvis.foundations.audit.facade import record

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def write(count: int = 1, *, action: str = "request.read", organisation: str = "", actor: str = "") -> None:
    for number in range(count):
        record(
            actor=actor or "urn:ngsi-ld:Person:someone",
            action=action,
            urn=f"urn:ngsi-ld:ServiceRequest:{number}",
            right="requests.view",
            organisation=organisation,
            details={"number": number, "note": "été, l’œuvre"},
            now=NOW,
        )


def seal() -> None:
    """What the commit does: the deferred triggers fire now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
