"""What a package shows in the shells: menu entries, counters, panels on others' pages, the page of a URN."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.checks import CheckMessage, Error
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from parvis.kernel.manifest import Contribution, Manifest
from parvis.kernel.urn import Urn


class Shell(StrEnum):
    PORTAL = "portal"
    BACKOFFICE = "backoffice"
    CONTROL_ROOM = "control_room"
    FIELD = "field"


def _resolves(view: str, manifest: Manifest) -> Iterable[CheckMessage]:
    try:
        reverse(view)
    except NoReverseMatch:
        yield Error(f"{manifest.name}: no page is named {view!r}", id="parvis.E010")


@dataclass(frozen=True, kw_only=True)
class Menu(Contribution):
    """An entry of a shell's menu. `icon` is a lucide name; empty `permission` = everyone who sees the shell."""

    shell: Shell
    label: str | Promise
    view: str
    icon: str
    permission: str = ""
    order: int = 50
    summary: str | Promise = ""
    primary: bool = False

    def check(self, manifest: Manifest) -> Iterable[CheckMessage]:
        return _resolves(self.view, manifest)


@dataclass(frozen=True, kw_only=True)
class Counter(Contribution):
    """A figure on a shell's home page that leads to its list; None hides it."""

    shell: Shell
    label: str | Promise
    view: str
    icon: str
    count: Callable[[HttpRequest], int | None]
    permission: str = ""
    query: str = ""
    """Query string of the list that holds just what is counted, without `?`."""
    order: int = 50

    def check(self, manifest: Manifest) -> Iterable[CheckMessage]:
        return _resolves(self.view, manifest)


@dataclass(frozen=True, kw_only=True)
class Panel(Contribution):
    """A block on the page of something that belongs to another package.

    `resource` is "Thing" (any entity) or a type of process ("ServiceRequest"); `context` answering None hides it.
    """

    resource: str
    title: str | Promise
    template: str
    context: Callable[[HttpRequest, Urn], Mapping[str, Any] | None]
    permission: str = ""
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class Resource(Contribution):
    """Where a URN of this type is shown to agents; `page` answers None when there is no such row."""

    type: str
    label: str | Promise
    page: Callable[[Urn], str | None]
    names: Callable[[Sequence[Urn]], Mapping[Urn, str]] | None = None
    """What people call them, in one query for a whole list; leaves out what a reader of the journal must not learn from it."""
