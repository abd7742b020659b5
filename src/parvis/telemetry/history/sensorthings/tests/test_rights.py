"""What each caller sees: what is public, what a token reaches, and never what is personal."""

from datetime import timedelta

import pytest

from parvis.kernel.contributions import AttributeSpec, EntityType, ThingState
from parvis.telemetry.context import states
from parvis.telemetry.context.broker import rights
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.tests.factories import NOW, declared
from parvis.telemetry.history.sensorthings import scope
from parvis.telemetry.history.sensorthings.tests.factories import (
    ask,
    get,
    ids,
    make_thing,
    observe,
    reading_token,
    values,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def badge():
    """A public type, one attribute of which is personal."""
    kind = EntityType(
        name="TestBadge",
        label="Badge",
        plural="Badges",
        icon="box",
        colour="#000000",
        attributes=(
            AttributeSpec(name="holder", label="Porteur", personal=True),
            AttributeSpec(name="battery", label="Pile"),
        ),
        state=lambda attributes: ThingState.UNKNOWN,
        public=True,
    )
    caches = (states.entity_types, rights.personal_attributes, rights.public_types, scope.personal)
    with declared(kind):
        for cached in caches:
            cached.cache_clear()
        yield
    for cached in caches:
        cached.cache_clear()


def test_strangers_see_public_types_alone():
    public, hidden = make_thing(), make_thing(type="TestSecret")
    secret = observe(hidden, "level", 1)
    shown = observe(public, "powerConsumption", 1)
    assert ids("Things") == [public.pk]
    assert ids("Datastreams") == [shown]
    assert [one["name"] for one in values("ObservedProperties")] == ["powerConsumption"]
    assert len(values("Observations")) == len(values("Sensors")) == 1
    for path in (f"Things({hidden.pk})", f"Datastreams({secret})", f"Observations('{secret}_1795348800000000')"):
        assert ask(path).status == 404
    assert ids("Things", filter="Datastreams/Observations/result eq 1") == [public.pk]
    token = reading_token()
    assert ids("Things", token=token) == [public.pk, hidden.pk]
    assert ids("Datastreams", token=token) == [shown, secret]


def test_a_wrong_token_is_told_so():
    assert ask("Things", token="pv_forged").status == 401


def test_what_is_personal_never_leaves(badge):
    thing = make_thing(type="TestBadge", holder="Camille", battery=80)
    observe(thing, "holder", "Camille", unit_code="")
    stream = observe(thing, "battery", 80, unit_code="")
    token = reading_token()
    for given in ("", token):
        assert ids("Datastreams", token=given) == [stream]
        assert "holder" not in get(f"Things({thing.pk})", token=given)["properties"]
        assert ids("Things", token=given, filter="properties/holder eq 'Camille'") == []
        assert ids("Things", token=given, filter="Datastreams/Observations/result eq 'Camille'") == []
        assert [one["name"] for one in values("ObservedProperties", token=given)] == ["battery"]
        assert b"Camille" not in ask("Observations", token=given).body


def test_other_tenants_and_what_has_expired_are_not_there():
    here, elsewhere, gone = make_thing(), make_thing(), make_thing()
    Entity.objects.filter(pk=elsewhere.pk).update(tenant_id=5)
    Entity.objects.filter(pk=gone.pk).update(expires_at=NOW)
    assert ids("Things", token=reading_token()) == [here.pk]
    Entity.objects.filter(pk=gone.pk).update(expires_at=NOW + timedelta(seconds=1))
    assert ids("Things", token=reading_token()) == [here.pk, gone.pk]


def test_an_open_broker_shows_all(settings):
    settings.PARVIS_OPEN_BROKER = True
    hidden = make_thing(type="TestSecret")
    assert ids("Things") == [hidden.pk]
