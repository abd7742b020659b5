"""An uplink makes an alarm, the alarm an intervention, the crew ends it, the alarm is resolved."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bench.deployment import Deployment
from bench.radio import post_uplink, token
from parvis.telemetry.devices import simulation
from tests.journeys.conftest import Person

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_a_lamp_breaks_and_is_repaired(someone: Callable[..., Person], parvis: Deployment) -> None:
    operator = someone()
    operator.signs_in("controle@parvis.example", "/control-room/")
    operator.looks()
    operator.goes_to("/control-room/context/things?type=Streetlight")
    urn = re.search(r"urn:ngsi-ld:Streetlight:[0-9A-Za-z-]+", operator.page.content())
    assert urn is not None

    secret = token(parvis)
    broken = simulation.lamp_controller(lit=False, dimming_percent=0, power_w=0, temperature_c=9, fault="defectiveLamp")
    answer = post_uplink(parvis, secret, urn.group(), broken, 1, datetime.now(tz=UTC))
    assert answer["status"] == "accepted"
    assert (
        post_uplink(parvis, secret, urn.group(), broken, 1, datetime.now(tz=UTC), again=True)["status"] == "duplicate"
    )

    name = urn.group().rsplit(":", 1)[1]
    operator.goes_to("/control-room/supervision/")
    for _ in range(40):
        if operator.page.get_by_text(name).count():
            break
        operator.page.wait_for_timeout(500)
        operator.page.reload()
    operator.page.locator("main a", has_text=name).first.click()
    operator.looks()
    for _ in range(20):
        if operator.page.locator("main a", has_text="I-20").count():
            break
        operator.page.wait_for_timeout(500)
        operator.page.reload()
    alarm = operator.page.url
    operator.page.locator("main a", has_text="I-20").first.click()
    operator.looks()
    team = operator.page.locator("select[name=team]")
    team.select_option(label=next(text for text in team.locator("option").all_inner_texts() if "Éclairage" in text))
    operator.clicks("Affecter")
    work = operator.page.url

    crew = someone(phone=True)
    crew.signs_in("equipe@parvis.example", "/field/")
    crew.page.goto(work.replace("/backoffice/", "/field/"))
    crew.clicks("Démarrer")
    crew.page.locator("textarea[name=comment]").fill("Module LED remplacé.")
    crew.clicks("Terminer")

    operator.page.goto(alarm)
    for _ in range(30):
        if operator.page.get_by_text("Close").count() or operator.page.get_by_text("close").count():
            break
        operator.page.wait_for_timeout(500)
        operator.page.reload()
    operator.looks()
    repaired = simulation.lamp_controller(lit=True, dimming_percent=100, power_w=36, temperature_c=20)
    assert post_uplink(parvis, secret, urn.group(), repaired, 2, datetime.now(tz=UTC))["status"] == "accepted"
    operator.goes_to(f"/control-room/context/entities/{urn.group()}")
    for _ in range(20):
        if operator.page.get_by_text("En service").count():
            break
        operator.page.wait_for_timeout(300)
        operator.page.reload()
    operator.reads("En service")
