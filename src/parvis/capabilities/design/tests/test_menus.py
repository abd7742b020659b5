from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory

from parvis.capabilities.design import counters, menus
from parvis.kernel.contributions import Counter, Menu, Shell
from parvis.kernel.manifest import Manifest
from parvis.kernel.registry import Registry

HOME, GUIDE = "backoffice:backoffice:home", "backoffice:backoffice:style_guide"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """An empty registry in the place of the real one."""
    empty = Registry()
    monkeypatch.setattr(menus, "registry", empty)
    monkeypatch.setattr(counters, "registry", empty)
    monkeypatch.setattr(menus, "domains", lambda: frozenset({"lighting"}))
    return empty


def request(path: str = "/", *, rights: set[str] | None = None, domains: list[str] | None = None) -> Any:
    made = RequestFactory().get(path)
    made.rights = SimpleNamespace(may=lambda permission: permission in (rights or set()))
    made.organisation = None if domains is None else SimpleNamespace(domains=domains)
    return made


def menu(label: str, *, shell: Shell = Shell.BACKOFFICE, view: str = HOME, **more: Any) -> Menu:
    return Menu(shell=shell, label=label, view=view, icon="lamp", **more)


def labels(entries: list[menus.Entry]) -> list[str]:
    return [str(entry.label) for entry in entries]


def test_only_the_shell_in_order(registry: Registry) -> None:
    registry.add(
        Manifest(
            name="x",
            label="x",
            provides=(menu("b", order=2), menu("a", order=3), menu("c", order=1), menu("portal", shell=Shell.PORTAL)),
        )
    )
    assert labels(menus.entries(request(), Shell.BACKOFFICE)) == ["c", "b", "a"]


def test_a_permission_hides(registry: Registry) -> None:
    registry.add(Manifest(name="x", label="x", provides=(menu("open"), menu("closed", permission="x.manage"))))
    assert labels(menus.entries(request(), Shell.BACKOFFICE)) == ["open"]
    assert labels(menus.entries(request(rights={"x.manage"}), Shell.BACKOFFICE)) == ["closed", "open"]


def test_a_domain_the_commune_has_not_is_hidden_from_its_residents_only(registry: Registry) -> None:
    registry.add(Manifest(name="lighting", label="x", provides=(menu("lights", shell=Shell.PORTAL), menu("work"))))
    assert labels(menus.entries(request(domains=[]), Shell.PORTAL)) == []
    assert labels(menus.entries(request(domains=["lighting"]), Shell.PORTAL)) == ["lights"]
    assert labels(menus.entries(request(domains=[]), Shell.BACKOFFICE)) == ["work"]


def test_what_is_not_a_domain_is_always_there(registry: Registry) -> None:
    registry.add(Manifest(name="territory", label="x", provides=(menu("map", shell=Shell.PORTAL),)))
    assert labels(menus.entries(request(domains=[]), Shell.PORTAL)) == ["map"]


def test_the_current_entry_is_the_longest_that_begins_the_address(registry: Registry) -> None:
    registry.add(Manifest(name="x", label="x", provides=(menu("home"), menu("guide", view=GUIDE))))
    found = menus.entries(request("/backoffice/design/more"), Shell.BACKOFFICE)
    assert [str(entry.label) for entry in found if entry.current] == ["guide"]


def test_a_counter_of_none_is_not_shown_and_zero_is(registry: Registry) -> None:
    registry.add(
        Manifest(
            name="x",
            label="x",
            provides=tuple(
                Counter(
                    shell=Shell.BACKOFFICE, label=label, view=HOME, icon="lamp", count=count, query="state=open", **more
                )
                for label, count, more in [
                    ("hidden", lambda request: None, {}),
                    ("zero", lambda request: 0, {}),
                    ("closed", lambda request: 3, {"permission": "x.manage"}),
                ]
            ),
        )
    )
    found = list(counters.figures(request(), Shell.BACKOFFICE))
    assert [(figure.label, figure.count, figure.url) for figure in found] == [("zero", 0, "/backoffice/?state=open")]
