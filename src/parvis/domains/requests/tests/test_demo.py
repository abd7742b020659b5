"""The demonstration: plausible, spread, the same twice."""

import random
from datetime import timedelta

import pytest

from parvis.domains.requests import demo
from parvis.domains.requests.models import Request, RequestEvent
from parvis.domains.requests.rules import State
from parvis.domains.requests.selectors import lookup
from parvis.domains.requests.tests.factories import NOW, code_of, make_city
from parvis.kernel.contributions import DemoScene
from parvis.kernel.testing import deliver

pytestmark = pytest.mark.django_db


def load(seed: int = 1) -> None:
    scene = DemoScene(
        now=NOW, seed=seed, rng=random.Random(seed), progress=lambda _line: None, epci="200000000", scale=1.0
    )
    demo.load(scene)


def test_without_a_territory_there_is_nothing_to_invent() -> None:
    load()
    assert Request.objects.count() == 0


@pytest.mark.slow
def test_the_demonstration() -> None:
    make_city()
    load()
    rows = list(Request.objects.order_by("id").values("number", "description", "state", "longitude", "contact_email"))
    assert len(rows) == demo.COUNT
    steps = RequestEvent.objects.count()
    load()
    assert (
        list(Request.objects.order_by("id").values("number", "description", "state", "longitude", "contact_email"))
        == rows
    )
    assert RequestEvent.objects.count() == steps

    assert set(Request.objects.values_list("state", flat=True)) == set(State.values)
    assert set(Request.objects.values_list("area_code", flat=True)) == {"99001", "99002"}
    times = list(Request.objects.order_by("id").values_list("created_at", flat=True))
    assert times == sorted(times)
    assert NOW - timedelta(days=demo.DAYS) <= times[0] < times[-1] < NOW
    assert all(
        email.endswith("@habitant.example")
        for email in Request.objects.exclude(contact_email="").values_list("contact_email", flat=True)
    )
    assert not Request.objects.filter(updated_at__gt=NOW).exists()
    assert lookup.tracked(code_of(Request.objects.order_by("id")[0])) is not None

    before = list(Request.objects.order_by("id").values_list("state", flat=True))
    deliver(limit=10_000)
    assert list(Request.objects.order_by("id").values_list("state", flat=True)) == before, (
        "its own events change nothing"
    )
