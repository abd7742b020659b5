"""The hash chain, as plain values: what is hashed, in which order, and what a fault in the chain is called.

The same text is built by `audit_canonical` in PostgreSQL (migrations/0002_chain.py). The two are written apart on purpose: the
database seals, Python checks, and a fault in one cannot hide in the other.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

GENESIS = bytes(32)
"""What stands for "the previous hash" before the first entry."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainHead:
    """Where the chain ends (`position`, `hash`) and, after a purge, where it now begins: just after `base_position`."""

    position: int
    hash: bytes
    base_position: int = 0
    base_hash: bytes = GENESIS


class SealedEntry(NamedTuple):
    """An entry as stored. `details` is the JSON text itself, so that nothing is lost between writing and checking.

    A tuple, not a data class: a check makes one for every line of the journal.
    """

    position: int
    hash: bytes
    at: datetime
    actor: str
    action: str
    urn: str
    right: str
    organisation: str
    details: str


class FaultKind(StrEnum):
    MISMATCH = "mismatch"
    """The content, the place or the hash of an entry is not what was sealed: altered, moved or inserted."""
    MISSING = "missing"
    """Positions jump: entries were removed before this one."""
    MISSING_END = "missing_end"
    """The chain stops before its recorded end."""
    UNSEALED = "unsealed"
    """An entry got in without being sealed."""
    HEAD = "head"
    """The recorded end is not the hash of the last entry."""
    BASE = "base"
    """The chain begins after a purge of which it holds no trace."""
    REWRITTEN = "rewritten"
    """The chain holds together but is not the one that was anchored outside the database."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """The first thing wrong. `at` and `action` are those of the entry at fault or, when it is gone, of the next one still there."""

    kind: FaultKind
    position: int
    at: datetime | None = None
    action: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchor:
    """A copy of the head, kept outside the database."""

    at: datetime
    position: int
    hash: bytes


def canonical(entry: SealedEntry) -> bytes:
    """Every field as a netstring (`<bytes>:<text>,`), so that no two different entries give the same text."""
    position, _, at, *texts = entry
    fields = [str(position), at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds"), *texts]
    encoded = [field.encode() for field in fields]
    return b"".join([b"%d:%b," % (len(field), field) for field in encoded])


def seal(previous: bytes, entry: SealedEntry) -> bytes:
    """sha256 of the previous hash followed by the canonical text."""
    return hashlib.sha256(previous + canonical(entry)).digest()


class ChainCheck:
    """Reads the chain one entry at a time, in the order of positions, and stops at the first fault."""

    def __init__(self, head: ChainHead, anchors: tuple[Anchor, ...] = ()) -> None:
        self.head = head
        self.position = head.base_position
        self.hash = head.base_hash
        self._anchors = {anchor.position: anchor for anchor in anchors}
        self._base_proved = head.base_position == 0

    def read(self, entry: SealedEntry) -> Fault | None:
        expected = self.position + 1
        if entry.position > expected:
            return Fault(kind=FaultKind.MISSING, position=expected, at=entry.at, action=entry.action)
        if entry.position < expected or seal(self.hash, entry) != entry.hash:
            return _fault(FaultKind.MISMATCH, entry)
        anchor = self._anchors.pop(entry.position, None)
        if anchor is not None and anchor.hash != entry.hash:
            return _fault(FaultKind.REWRITTEN, entry)
        if entry.action == PURGED and entry.details == purge_details(self.head.base_position, self.head.base_hash):
            self._base_proved = True
        self.position, self.hash = entry.position, entry.hash
        return None

    def end(self) -> Fault | None:
        """To be called when there is no entry left: is this the end that was recorded, inside and outside the database?"""
        if self.position < self.head.position:
            return Fault(kind=FaultKind.MISSING_END, position=self.position + 1)
        if self.position > self.head.position or self.hash != self.head.hash:
            return Fault(kind=FaultKind.HEAD, position=self.position)
        if not self._base_proved:
            return Fault(kind=FaultKind.BASE, position=self.head.base_position)
        beyond = [anchor for anchor in self._anchors.values() if anchor.position > self.position]
        if beyond:
            first = min(beyond, key=lambda anchor: anchor.position)
            return Fault(kind=FaultKind.MISSING_END, position=self.position + 1, at=first.at)
        base = self._anchors.get(self.head.base_position)
        if base is not None and base.hash != self.head.base_hash:
            return Fault(kind=FaultKind.REWRITTEN, position=base.position, at=base.at)
        return None


JOURNAL_URN = "urn:ngsi-ld:Journal:parvis"

PURGED = "journal.purged"
"""The action that tells, inside the chain, up to where its beginning was purged."""


def purge_details(position: int, hash: bytes) -> str:
    """The only details with which `audit_guard_head` lets the beginning of the chain move."""
    return f'{{"hash":"{hash.hex()}","until":{position}}}'


def _fault(kind: FaultKind, entry: SealedEntry) -> Fault:
    return Fault(kind=kind, position=entry.position, at=entry.at, action=entry.action)
