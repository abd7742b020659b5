"""The demonstration: loaded twice it is the same, what it holds is valid, and no list's queries grow with it."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parvis.foundations.identity.models import User
from parvis.foundations.identity.tests.factories import sign_in
from parvis.kernel.contributions import EntityType, Menu, Shell
from parvis.kernel.registry import registry
from parvis.kernel.urn import Urn
from parvis.project import demo
from parvis.telemetry.context.attributes import VALUE_MEMBERS, is_attribute_name
from parvis.telemetry.context.models import Entity

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def load(scale: float) -> None:
    demo.load(epci="242100410", boundaries=None, seed=1, scale=scale, now=NOW, progress=lambda line: None)


def counts() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model.__module__.startswith("parvis.") and model._meta.managed
    }


def test_loading_twice_gives_the_same_rows() -> None:
    load(0.002)
    once = counts()
    load(0.002)
    assert counts() == once


def test_every_entity_of_the_demo_is_valid_ngsi_ld() -> None:
    load(0.002)
    known = {kind.name for _, kind in registry.all(EntityType)}
    seen = set()
    for entity in Entity.objects.all():
        assert Urn.parse(entity.urn).type == entity.type
        assert entity.type in known
        assert entity.synthetic
        for name, attribute in entity.attributes.items():
            assert is_attribute_name(name)
            for instance in attribute if isinstance(attribute, list) else [attribute]:
                assert VALUE_MEMBERS[instance["type"]] in instance
        seen.add(entity.type)
    assert seen == known


def test_no_list_s_queries_grow_with_its_rows(client: Client) -> None:
    load(0.002)
    sign_in(client, User.objects.get(email=demo.ACCOUNTS[0].email))
    pages = sorted({reverse(menu.view) for _, menu in registry.all(Menu) if menu.shell is not Shell.PORTAL})

    def measured() -> dict[str, int]:
        found = {}
        for page in pages:
            client.get(page)  # whatever is read once a process
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(page)
            assert answer.status_code in {200, 302}, page
            found[page] = len(captured)
        return found

    before = measured()
    load(0.02)
    after = measured()
    grown = {page: (before[page], after[page]) for page in pages if after[page] > before[page]}
    assert not grown
