"""What a process remembers of the subscriptions, when that is not at hand."""

from ipaddress import ip_network
from typing import Any

import pytest

from parvis.kernel import outgoing
from parvis.telemetry.context.broker.testing import ask
from parvis.telemetry.context.jsonld import catalogue
from parvis.telemetry.context.models import CITY, JsonLdContext, Subscription
from parvis.telemetry.context.subscriptions import index
from parvis.telemetry.context.subscriptions.revisions import SUBSCRIPTIONS, Token
from parvis.telemetry.context.tests.elsewhere import elsewhere
from parvis.telemetry.context.tests.subscribing import document, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]


def followed(by: index.Index) -> bool:
    """As the writing thread asks, which must not wait for the network."""
    with outgoing.never():
        return by.of(CITY, Token(SUBSCRIPTIONS).value) is not None


def test_a_context_that_is_no_longer_held_is_fetched_beside_the_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_FETCHED_AFTER_S", 0.05)
    with elsewhere() as other:
        link = other.give("/context.jsonld", {"@context": {"free": "https://x.example/free"}})
        assert ask("POST", "/subscriptions", document(q="free<5"), link=link).status == 201
        JsonLdContext.objects.all().delete()  # it gave way to others
        catalogue.forget()
        fresh = index.Index()
        assert not followed(fresh)
        until(lambda: followed(fresh))


def test_a_look_that_the_database_broke_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_AGAIN_AFTER_S", 0.0)
    assert ask("POST", "/subscriptions", document()).status == 201
    kept = Subscription.objects.get().document
    Subscription.objects.update(document=kept | {"q": "(("})
    fresh = index.Index()
    assert not followed(fresh)  # it cannot be read, and is looked at again
    with monkeypatch.context() as broken:
        broken.setattr(index, "Subscription", None)
        with pytest.raises(AttributeError):
            followed(fresh)
    Subscription.objects.update(document=kept)
    assert followed(fresh)
