"""What tests of the console share: an administrator of the broker, and rows as the API leaves them."""

from typing import Any

from django.test import Client

from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.telemetry.context.models import QueuedNotification, Registration, Subscription
from parvis.telemetry.context.tests.factories import NOW

BROKER = "/backoffice/context/broker"


def administrator(**where: Any) -> Client:
    return sign_in(Client(), make_agent("context.view", "context.administer", **where))


def looker(**where: Any) -> Client:
    return sign_in(Client(), make_agent("context.view", **where))


def make_organisation(name: str) -> Organisation:
    return Organisation.objects.create(kind=Kind.OPERATOR, name=name, short_name=name, slug=name.lower())


def make_subscription(urn: str = "urn:ngsi-ld:Subscription:1", **more: Any) -> Subscription:
    """Of street lights; the receiver wants a secret."""
    endpoint = {
        "uri": "https://user:password@example.org/notify",
        "receiverInfo": [{"key": "Authorization", "value": "Bearer secret"}],
    }
    document = {
        "entities": [{"type": "TestLamp"}],
        "watchedAttributes": ["level"],
        "notification": {"endpoint": endpoint},
    }
    fields = {"document": document, "created_at": NOW, "modified_at": NOW} | more
    return Subscription.objects.create(urn=urn, **fields)


def give_up(subscription: Subscription, urn: str = "urn:ngsi-ld:TestLamp:1", **more: Any) -> QueuedNotification:
    fields = {"dead": True, "attempts": 10, "error": "HTTP 500"} | more
    return QueuedNotification.objects.create(subscription=subscription, urn=urn, content="{}", queued_at=NOW, **fields)


def make_source(urn: str = "urn:ngsi-ld:ContextSourceRegistration:1", **more: Any) -> Registration:
    document = {
        "registrationName": "Voisin",
        "mode": "auxiliary",
        "information": [{"entities": [{"type": "TestLamp"}], "propertyNames": ["level"]}],
        "endpoint": "https://example.org",
        "contextSourceInfo": [{"key": "X-Token", "value": "secret"}, {"key": "accept", "value": "application/json"}],
    }
    fields = {"document": document, "created_at": NOW, "modified_at": NOW} | more
    return Registration.objects.create(urn=urn, **fields)


def journal() -> list[tuple[str, str]]:
    """Actions and what they were done to, the oldest first."""
    return list(Entry.objects.order_by("id").values_list("action", "urn"))
