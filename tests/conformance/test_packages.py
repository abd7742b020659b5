"""What every package inherits from the registry: it adds a manifest, and these hold of it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client
from django.urls import get_resolver

from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in
from parvis.kernel import mail
from parvis.kernel.access import Who, access_of
from parvis.kernel.checks import TAG, views
from parvis.kernel.contributions import Notice
from parvis.kernel.packages import Package, discover
from parvis.kernel.registry import registry
from parvis.project import messages
from parvis.project.templates import broken_templates

PLACEHOLDERS = {"int": "1", "str": "x", "slug": "x", "uuid": "00000000-0000-0000-0000-000000000000", "path": "x"}
PACKAGES = [pytest.param(package, id=package.name) for package in discover()]
VIEWS = [pytest.param(route, view, id=route) for route, view in views()]


def address(route: str) -> str:
    """An address that the route matches."""
    parts = []
    for part in route.replace("<", "\0<").replace(">", ">\0").split("\0"):
        if part.startswith("<"):
            converter = part[1:-1].split(":")[0] if ":" in part else "str"
            parts.append(PLACEHOLDERS.get(converter, "x"))
        else:
            parts.append(part)
    return "".join(parts)


def test_what_packages_declare_is_sound() -> None:
    assert [str(message) for message in run_checks(tags=[TAG])] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_names_agree(package: Package) -> None:
    manifest = registry.get(package.name)
    assert manifest.name == package.directory.name
    assert str(manifest.label).strip()


def test_every_template_compiles() -> None:
    assert broken_templates() == []


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "view"), VIEWS)
def test_every_page_refuses_who_has_no_right(route: str, view: Callable[..., Any], client: Client) -> None:
    access = access_of(view)
    assert access is not None
    where = address(route)
    get_resolver().resolve(where)
    if access.who is Who.EVERYONE:
        return
    anonymous = client.get(where)
    if access.who is Who.TOKEN or where.startswith("/api/"):
        assert anonymous.status_code in {401, 403}
        return
    assert anonymous.status_code == 302
    assert "next=" in anonymous["Location"]
    if access.who is Who.PERMISSION:
        for powerless in (make_resident(), make_agent()):
            other = Client()
            sign_in(other, powerless)
            assert other.get(where).status_code == 403
            assert other.post(where).status_code == 403


@pytest.mark.parametrize(
    "notice", [pytest.param(notice, id=f"{m.name}.{notice.code}") for m, notice in registry.all(Notice)]
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_notice_renders(notice: Notice, language: str) -> None:
    subject, text, html = mail.render(notice, {"site_url": "https://parvis.example", **notice.sample()}, language)
    assert subject
    assert "\n" not in subject
    assert len(text) > 40
    assert "<html" in html


def test_every_text_has_its_english() -> None:
    faults = messages.untranslated()
    assert not faults, f"{len(faults)} texts, run `make messages`:\n" + "\n".join(faults[:20])
