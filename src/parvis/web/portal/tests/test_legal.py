import pytest
from django.test import Client

from parvis.foundations.organisations.tests.factories import make_metropolis
from parvis.kernel.contributions import Retention
from parvis.kernel.registry import registry
from parvis.web.portal.views.legal import processings

pytestmark = pytest.mark.django_db


def test_every_retention_is_told(client: Client) -> None:
    page = client.get("/donnees-personnelles").content.decode()
    told = [kept for processing in processings() for kept in processing.kept]
    assert len(told) == len(list(registry.all(Retention))) > 0
    for kept in told:
        assert str(kept.purpose).replace("'", "&#x27;") in page


def test_fields_are_named_in_words() -> None:
    for processing in processings():
        for kept in processing.kept:
            assert kept.fields
            assert not [name for name in kept.fields if "_" in name], f"{kept.what}: {kept.fields}"


def test_accessibility_is_declared_honestly(client: Client) -> None:
    make_metropolis(email="contact@example.org")
    page = client.get("/accessibilite").content.decode()
    assert "non conforme" in page
    assert "Défenseur des droits" in page
    assert "contact@example.org" in page
