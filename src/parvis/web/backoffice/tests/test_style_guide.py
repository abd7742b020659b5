"""Every component, in a real browser: no fault axe-core can find, in light and dark, on a desk and at 320 px wide."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from conftest import absent
from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.tests.factories import make_metropolis

AXE = Path(settings.NODE_MODULES) / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.django_db
def test_it_shows_the_kit(client: Client) -> None:
    make_metropolis()
    page = sign_in(client, make_agent()).get("/backoffice/design/").content.decode()
    for component in ("button", "notice", "badge", "tile", "count", "facts", "table", "timeline", "field", "chart"):
        assert f'class="{component}' in page


@pytest.fixture
def session(transactional_db: None, client: Client) -> str:
    """Key of an agent's session. Made before the browser starts: its event loop forbids queries in this thread."""
    make_metropolis()
    sign_in(client, make_agent())
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def chromium(session: str, live_server: Any) -> Iterator[Any]:
    if CHROMIUM is None:
        absent("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def faults_of(context: Any, url: str) -> list[str]:
    """Of the page in this window: script errors, sideways scrolling, axe-core's violations."""
    faults: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.goto(url, wait_until="load")
    page.locator("[data-picker-live]").wait_for()
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append("the page scrolls sideways")
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    return faults + [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 320])
def test_nothing_to_reproach(chromium: Any, session: str, live_server: Any, width: int) -> None:
    for scheme in ("light", "dark"):
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, locale="fr-FR", bypass_csp=True
        )
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        assert faults_of(context, f"{live_server.url}/backoffice/design/") == []
        context.close()
