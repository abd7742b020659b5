"""Which menu entries this reader sees: those of the shell, that their rights open, of the domains the organisation has on."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import Menu, Shell
from parvis.kernel.manifest import Manifest
from parvis.kernel.packages import discover
from parvis.kernel.registry import registry


@dataclass(frozen=True, kw_only=True)
class Entry:
    label: str | Promise
    url: str
    icon: str
    summary: str | Promise
    primary: bool
    current: bool


@cache
def domains() -> frozenset[str]:
    return frozenset(package.name for package in discover() if package.layer == "domains")


def is_offered(request: HttpRequest, manifest: Manifest) -> bool:
    """Whether the organisation of this address has the package on; only domains can be off, and only residents' shell
    depends on it: an agent sees what their rights open, whatever the address they came by."""
    organisation = getattr(request, "organisation", None)
    return organisation is None or manifest.name not in domains() or manifest.name in organisation.domains


def may(request: HttpRequest, permission: str) -> bool:
    rights = getattr(request, "rights", None)
    return not permission or (rights is not None and rights.may(permission))


def visible(request: HttpRequest, shell: Shell) -> Iterator[Menu]:
    menus = [
        menu
        for manifest, menu in registry.all(Menu)
        if menu.shell == shell
        and may(request, menu.permission)
        and (shell is not Shell.PORTAL or is_offered(request, manifest))
    ]
    return iter(sorted(menus, key=lambda menu: (menu.order, str(menu.label))))


def entries(request: HttpRequest, shell: Shell) -> list[Entry]:
    """In order. The current one is the entry whose address begins the page's, the longest winning."""
    menus = list(visible(request, shell))
    urls = [reverse(menu.view) for menu in menus]
    current = max((url for url in urls if request.path.startswith(url)), key=len, default="")
    return [
        Entry(
            label=menu.label,
            url=url,
            icon=menu.icon,
            summary=menu.summary,
            primary=menu.primary,
            current=url == current,
        )
        for menu, url in zip(menus, urls, strict=True)
    ]


@dataclass(frozen=True, kw_only=True)
class Door:
    """The way into another shell."""

    label: str | Promise
    url: str


HOMES = {
    Shell.BACKOFFICE: (_("Espace agents"), "backoffice:backoffice:home"),
    Shell.CONTROL_ROOM: (_("Poste de pilotage"), "control_room:control_room:home"),
    Shell.FIELD: (_("Terrain"), "field:field:home"),
}


def doors(request: HttpRequest) -> list[Door]:
    """The agents' shells in which this reader has at least one entry."""
    return [
        Door(label=label, url=reverse(view)) for shell, (label, view) in HOMES.items() if any(visible(request, shell))
    ]
