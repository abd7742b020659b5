"""The control room in Chromium with 34,000 street lights: time until its map is drawn, and from an uplink sent to the
event that recolours the map in the browser. Software rendering when the machine has no graphics card."""

import shutil
import statistics
import time
from datetime import UTC, datetime

from playwright.sync_api import Page, sync_playwright

from bench.deployment import Deployment, city
from bench.radio import post_uplink, token
from parvis.project.demo import PASSWORD
from parvis.telemetry.devices import simulation

LOADS = 5
UPLINKS = 100
SOFTWARE = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/identity/sign-in?next=/control-room/supervision/")
    page.locator("input[type=email]").fill("controle@parvis.example")
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()


def drawn_ms(page: Page, base: str) -> float:
    """From the navigation to the first frame that holds every thing."""
    page.goto(f"{base}/control-room/")
    page.wait_for_selector("[data-room-map][data-ready]", timeout=60_000)
    return float(page.locator("[data-room-map]").get_attribute("data-ready") or "nan")


def arrivals_ms(page: Page, parvis: Deployment) -> list[float]:
    """Each uplink changes the state of another lamp; the browser notes when it hears of a change."""
    secret = token(parvis)
    rows = page.evaluate("async () => { const a = await (await fetch('/map/things.json')).json(); return a.urn; }")
    lamps = [urn for urn in rows if ":Streetlight:" in urn][:UPLINKS]
    page.evaluate(
        "() => { window.heard = []; const s = new EventSource('/live/things');"
        " s.addEventListener('things', () => window.heard.push(Date.now())); }"
    )
    page.wait_for_timeout(1500)
    delays = []
    for count, urn in enumerate(lamps, start=1):
        before = page.evaluate("() => window.heard.length")
        payload = simulation.lamp_controller(
            lit=False, dimming_percent=0, power_w=0, temperature_c=9, fault="columnIssue"
        )
        sent = time.time() * 1000
        post_uplink(parvis, secret, urn, payload, count, datetime.now(tz=UTC))
        page.wait_for_function("before => window.heard.length > before", arg=before, timeout=10_000)
        delays.append(page.evaluate("before => window.heard[before]", before) - sent)
        time.sleep(0.1)
    return sorted(delays)


def main() -> None:
    executable = shutil.which("chromium")
    if executable is None:
        raise SystemExit("Chromium is not installed")
    with city("--still") as parvis, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", *SOFTWARE])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        sign_in(page, parvis.base)
        loads = [drawn_ms(page, parvis.base) for _ in range(LOADS)]
        print(
            f"map drawn                {statistics.median(loads):7.0f} ms, median of {LOADS} ({', '.join(f'{one:.0f}' for one in loads)})"
        )
        delays = arrivals_ms(page, parvis)
        print(f"uplink to map, median    {statistics.median(delays):7.0f} ms of {len(delays)}")
        print(f"uplink to map, p95       {delays[int(len(delays) * 0.95)]:7.0f} ms")
        browser.close()


if __name__ == "__main__":
    main()
