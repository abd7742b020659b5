"""Who is to do which part of a write (ETSI GS CIM 009 V1.8.1, 4.3.6.2 and 4.3.6.3). Pure.

What an exclusive source holds goes there and nowhere else; what redirect sources hold goes to all of them and not here; inclusive
sources get a copy of what is left, which is done here too; auxiliary sources get nothing. A part whose source holds it and
cannot do it is a conflict.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from parvis.telemetry.context.federation.matching import Names, claim
from parvis.telemetry.context.federation.sources import Mode, Source


class Here(Enum):
    """What is left for this broker to do."""

    ALL = "all"
    REST = "rest"
    IF_THERE = "if there"
    """It should hold nothing of it: if it does, the same is done to that."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`names` None: the request as it is."""

    source: Source
    names: Names | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """`rest`: the attributes left when `here` is REST."""

    here: Here = Here.ALL
    rest: Names = frozenset()
    parts: tuple[Part, ...] = ()
    conflicts: tuple[Part, ...] = ()

    @property
    def is_local(self) -> bool:
        return not self.parts and not self.conflicts


def split_write(
    sources: Sequence[Source], operations: Collection[str], urn: str, types: Collection[str] | None, names: Names
) -> Split:
    """Of a write of these attributes; without any it is about the entity itself. `operations`: any of them will do."""
    splitter = _Splitter(operations, names)
    for mode in (Mode.EXCLUSIVE, Mode.REDIRECT, Mode.INCLUSIVE):
        claims = [(one, claim(one, urn, types)) for one in sources if one.mode is mode]
        splitter.take(mode, [(one, claimed) for one, claimed in claims if claimed is not False])
    return splitter.split()


def split_deletion(
    sources: Sequence[Source], operations: Collection[str], urn: str, types: Collection[str] | None
) -> Split:
    """Of the deletion of a whole entity: each deletes what it holds."""
    parts, conflicts, is_elsewhere = [], [], False
    for source in sources:
        claimed = claim(source, urn, types)
        if claimed is False or source.mode is Mode.AUXILIARY:
            continue
        is_elsewhere |= source.mode is Mode.REDIRECT and claimed is True
        able = source.supports(*operations) and not (source.mode is Mode.EXCLUSIVE and claimed is True)
        if able:
            parts.append(Part(source=source))
        elif source.proxied:
            conflicts.append(Part(source=source))
    return Split(here=Here.IF_THERE if is_elsewhere else Here.ALL, parts=tuple(parts), conflicts=tuple(conflicts))


class _Splitter:
    def __init__(self, operations: Collection[str], names: Names) -> None:
        self.operations = operations
        self.names = self.left = names
        self.whole_gone = False
        self.parts: list[Part] = []
        self.conflicts: list[Part] = []

    def take(self, mode: Mode, claims: Sequence[tuple[Source, Names | bool]]) -> None:
        """Gives the sources of a mode their parts; what proxied ones take is cut from what is left for others."""
        if self.whole_gone or (self.names and not self.left):
            return
        gone: set[str] = set()
        for source, claimed in claims:
            part = self.left - gone if mode is Mode.EXCLUSIVE else self.left
            if claimed is True:
                self._give(Part(source=source, names=None if part == self.names else part), mode is Mode.EXCLUSIVE)
                gone |= part
                self.whole_gone |= source.proxied
            elif isinstance(claimed, frozenset) and part & claimed:
                self._give(Part(source=source, names=part & claimed))
                gone |= part & claimed
        if mode is not Mode.INCLUSIVE:
            self.left -= gone

    def _give(self, part: Part, is_vague: bool = False) -> None:
        """`is_vague`: an exclusive source that names no attribute cannot say what it holds."""
        if part.source.supports(*self.operations) and not is_vague:
            self.parts.append(part)
        elif part.source.proxied:
            self.conflicts.append(part)

    def split(self) -> Split:
        here = Here.ALL
        if self.whole_gone or (self.names and not self.left):
            here = Here.NOTHING
        elif self.left != self.names:
            here = Here.REST
        return Split(here=here, rest=self.left, parts=tuple(self.parts), conflicts=tuple(self.conflicts))
