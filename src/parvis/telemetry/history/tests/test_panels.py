"""The curves on the page of a thing."""

from datetime import timedelta

import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.kernel import clock
from parvis.telemetry.context.tests.factories import make_entity
from parvis.telemetry.context.values import Reading
from parvis.telemetry.history.services import record_readings

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Client:
    return sign_in(Client(), make_agent("context.view"))


def page_with_curves(agent: Client, span: str = "") -> tuple[str, list]:
    now = clock.now()
    thing = make_entity(name="Sonde", capacity=12)
    ages = [timedelta(hours=1), timedelta(days=3), timedelta(days=20)]
    record_readings(
        [
            Reading(entity_id=thing.pk, attribute=name, value=value, observed_at=now - age, unit_code=unit)
            for age in ages
            for name, value, unit in (("temperature", 21.5, "CEL"), ("status", "ok", ""), ("isOpen", True, ""))
        ],
        now=now,
    )
    response = agent.get(f"/control-room/context/entities/{thing.urn}", {"span": span} if span else {})
    return response.content.decode(), response.context["curves"]


@pytest.mark.parametrize(("span", "points"), [("", 1), ("24h", 1), ("7d", 2), ("30d", 3), ("99y", 1)])
def test_each_observed_number_has_a_curve_over_the_chosen_span(agent, span, points):
    html, curves = page_with_curves(agent, span)
    [curve] = curves  # neither text, nor boolean, nor a number of the inventory
    assert (curve.unit, len(curve.points)) == ("°C", points)
    assert "Mesures" in html
    assert 'href="?span=7d"' in html


def test_a_thing_that_observes_nothing_has_no_curves(agent):
    thing = make_entity(name="Banc", capacity=4)
    assert "Mesures" not in agent.get(f"/control-room/context/entities/{thing.urn}").content.decode()
