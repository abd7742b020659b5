"""Reads the whole chain again, apart from what wrote it, and compares its head with the copies kept outside the database."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from psycopg.rows import args_row

from parvis.foundations.audit import rules
from parvis.foundations.audit.models import Entry, Head

REPORT_EVERY = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """`fault` is the first one met, in the order of positions; None = the journal is whole."""

    checked: int
    anchors: int
    head: rules.ChainHead
    fault: rules.Fault | None


@transaction.atomic
def verify(
    *, anchors: Sequence[rules.Anchor] = (), progress: Callable[[int], None] = lambda checked: None
) -> Verification:
    """Streams every entry up to the head of this instant; memory does not grow. Writers are not held up, purges are."""
    lock_purges(shared=True)
    row = Head.objects.first()
    head = row.value() if row else rules.ChainHead(position=0, hash=rules.GENESIS)
    check = rules.ChainCheck(head, tuple(anchors))
    checked, fault = 0, None
    for entry in sealed_entries(until=head.position):
        fault = check.read(entry)
        if fault:
            break
        checked += 1
        if checked % REPORT_EVERY == 0:
            progress(checked)
    fault = fault or check.end() or _stowaway()
    return Verification(checked=checked, anchors=len(anchors), head=head, fault=fault)


def sealed_entries(until: int | None = None) -> Iterator[rules.SealedEntry]:
    """The journal in the order of positions, up to and with `until`, streamed in the caller's transaction."""
    columns = ", ".join(f'"{field}"' for field in rules.SealedEntry._fields)
    condition = "position IS NOT NULL" if until is None else f"position <= {int(until)}"
    connection.ensure_connection()
    with connection.connection.cursor(name="audit_sealed_entries", row_factory=args_row(rules.SealedEntry)) as cursor:
        cursor.itersize = 5_000
        cursor.execute(f"SELECT {columns} FROM audit_entry WHERE {condition} ORDER BY position", binary=True)  # noqa: S608
        yield from cursor


def lock_purges(*, shared: bool) -> None:
    """Until the end of the transaction: a purge must not move the beginning of a chain being read."""
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext('parvis.audit.purge'))")


def _stowaway() -> rules.Fault | None:
    """An entry that no seal covers: beyond the head, or committed without position. One statement each, hence one snapshot."""
    beyond = Entry.objects.filter(position__gt=Head.objects.values("position")[:1]).order_by("position").first()
    if beyond is not None and beyond.position is not None:
        return rules.Fault(kind=rules.FaultKind.MISMATCH, position=beyond.position, at=beyond.at, action=beyond.action)
    unsealed = Entry.objects.filter(position=None).order_by("id").first()
    if unsealed is not None:
        return rules.Fault(kind=rules.FaultKind.UNSEALED, position=0, at=unsealed.at, action=unsealed.action)
    return None
