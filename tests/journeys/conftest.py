"""A whole city in processes of its own, and people with a browser. Chromium is Debian's (`CHROMIUM` names another)."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bench.deployment import ROOT, Deployment, city
from conftest import absent
from parvis.project.demo import PASSWORD

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def parvis() -> Iterator[Deployment]:
    with city("--still", "--scale", "0.01") as deployment:
        yield deployment


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        absent("Chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield chromium
        chromium.close()


class Person:
    """Somebody with a browser of their own. Every page they stop at can be asked for its accessibility."""

    def __init__(self, page: Page, base: str, faults: list[str]) -> None:
        self.page = page
        self.base = base
        self.faults = faults

    def goes_to(self, path: str) -> None:
        answer = self.page.goto(self.base + path, wait_until="load")
        assert answer is not None
        assert answer.status < 400, f"{path}: {answer.status}"
        self.looks()

    def clicks(self, name: str, role: str = "button") -> None:
        """A control that leads to another page."""
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.page.wait_for_load_state("load")
        self.looks()

    def signs_in(self, email: str, where: str = "/") -> None:
        self.page.goto(f"{self.base}/identity/sign-in?next={where}")
        self.page.locator("input[type=email], input[name=email], input[name=username]").first.fill(email)
        self.page.locator("input[type=password]").fill(PASSWORD)
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_url(f"{self.base}{where}*")

    def reads(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for(timeout=15_000)

    def looks(self) -> None:
        """axe-core on this page: no violation of WCAG 2.1 A and AA (RGAA 4.1)."""
        self.page.wait_for_function("document.readyState === 'complete'")
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
        )
        for violation in found["violations"]:
            targets = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
            self.faults.append(f"{self.page.url}: {violation['id']}: {violation['help']}: {targets}")


@pytest.fixture
def someone(parvis: Deployment, browser: Browser) -> Iterator[Callable[..., Person]]:
    """Makes people: `someone(phone=True, javascript=False)`. Fails at the end on any accessibility fault or script error."""
    contexts = []
    faults: list[str] = []

    def make(*, phone: bool = False, javascript: bool = True) -> Person:
        context = browser.new_context(
            viewport=PHONE if phone else DESK,
            java_script_enabled=javascript,
            locale="fr-FR",
            reduced_motion="reduce",
            bypass_csp=True,  # for axe-core alone; the policy itself is tested in test_policy.py
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{page.url}: script: {error}"))
        person = Person(page, parvis.base, faults)
        if not javascript:
            person.looks = lambda: None  # type: ignore[method-assign] — axe-core is a script
        return person

    yield make
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photograph as a telephone takes it: 3 megapixels, with a place in its EXIF."""
    from PIL import Image

    path = tmp_path / "photo.jpg"
    image = Image.effect_noise((2000, 1500), 60).convert("RGB")
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 19.0, 20.0), 3: "E", 4: (5.0, 2.0, 30.0)})
    image.save(path, exif=exif, quality=80)
    return path
