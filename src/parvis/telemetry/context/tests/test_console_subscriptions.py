"""Subscriptions in the console: their health, what was given up, what agents do about it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from parvis.kernel.testing import assert_num_queries
from parvis.telemetry.context.models import QueuedNotification, Subscription
from parvis.telemetry.context.tests.consoling import (
    BROKER,
    administrator,
    give_up,
    journal,
    looker,
    make_organisation,
    make_subscription,
)
from parvis.telemetry.context.tests.factories import NOW

pytestmark = pytest.mark.django_db

PAGE = f"{BROKER}/subscriptions"
HOUR = timedelta(hours=1)


def page(name: str, *args: object) -> str:
    return reverse(f"backoffice:context:{name}", args=args)


@pytest.mark.parametrize(
    ("fields", "health"),
    [
        ({}, "idle"),
        ({"last_success": NOW}, "working"),
        ({"last_success": NOW, "last_failure": NOW - HOUR}, "working"),
        ({"last_success": NOW, "last_failure": NOW + HOUR}, "failing"),
        ({"last_failure": NOW}, "failing"),
        ({"last_failure": NOW, "is_active": False}, "paused"),
        ({"is_active": False, "expires_at": NOW - timedelta(days=400)}, "expired"),
    ],
)
def test_the_list_tells_the_health(fields, health):
    make_subscription(**fields)
    [row] = looker().get(PAGE).context["rows"]
    assert row["health"].health == health
    if health in ("failing", "paused", "expired"):
        assert len(looker().get(PAGE, {"health": health}).context["rows"]) == 1
    assert looker().get(PAGE, {"health": "dead"}).context["rows"] == []


def test_the_list_is_narrowed_and_counts_what_waits():
    subscription = make_subscription()
    make_subscription("urn:ngsi-ld:Subscription:2")
    give_up(subscription)
    for _ in range(3):
        give_up(subscription, dead=False)
    [row] = looker().get(PAGE, {"health": "dead"}).context["rows"]
    assert (row["row"].urn, row["row"].waiting, row["row"].dead) == (subscription.urn, 3, 1)
    assert len(looker().get(PAGE, {"q": "Subscription:2"}).context["rows"]) == 1
    assert len(looker().get(PAGE, {"q": "EXAMPLE.org"}).context["rows"]) == 2
    assert looker().get(PAGE, {"q": "%"}).context["rows"] == []


def test_nothing_yet_is_said_kindly():
    assert "Aucun abonnement" in looker().get(PAGE).content.decode()


QUERIES = 7


def test_the_number_of_queries_does_not_grow_with_the_list():
    agent = looker()
    make_subscription()
    agent.get(PAGE)
    with assert_num_queries(QUERIES):
        agent.get(PAGE)
    for number in range(30):
        give_up(make_subscription(f"urn:x:{number}", organisation=make_organisation(f"o{number}")))
    with assert_num_queries(QUERIES):
        assert len(agent.get(PAGE).context["rows"]) == 25


@pytest.mark.parametrize("path", ["list", "page"])
def test_secrets_of_receivers_are_not_shown(path):
    subscription = make_subscription()
    html = administrator().get(PAGE if path == "list" else page("subscription", subscription.pk)).content.decode()
    assert "example.org/notify" in html
    assert "secret" not in html
    assert ":password@" not in html


def test_the_page_shows_the_document_the_queue_and_what_was_given_up():
    subscription = make_subscription(times_sent=12, times_failed=1)
    give_up(subscription, "urn:ngsi-ld:TestLamp:7", error="connection refused")
    give_up(subscription, "urn:ngsi-ld:TestLamp:8", dead=False)
    html = administrator().get(page("subscription", subscription.pk)).content.decode()
    for words in (
        "urn:ngsi-ld:TestLamp:7",
        "connection refused",
        "urn:ngsi-ld:TestLamp:8",
        "12 envois",
        "&quot;level&quot;",
    ):
        assert words in html


def test_it_is_paused_and_resumed():
    agent, subscription = administrator(), make_subscription()
    agent.post(page("pause", subscription.pk))
    assert not Subscription.objects.get().is_active
    agent.post(page("resume", subscription.pk))
    assert Subscription.objects.get().is_active
    assert journal() == [("subscription.paused", subscription.urn), ("subscription.resumed", subscription.urn)]


def test_it_is_deleted_after_a_question():
    agent, subscription = administrator(), make_subscription()
    give_up(subscription)
    asked = agent.get(page("delete_subscription", subscription.pk))
    assert "Supprimer cet abonnement ?" in asked.content.decode()
    assert Subscription.objects.exists()
    agent.post(page("delete_subscription", subscription.pk))
    assert not Subscription.objects.exists()
    assert not QueuedNotification.objects.exists()
    assert journal() == [("subscription.deleted", subscription.urn)]


def test_what_was_given_up_is_tried_again_one_by_one_or_all():
    agent, subscription = administrator(), make_subscription()
    first, *_others = [give_up(subscription) for _ in range(3)]
    agent.post(page("replay_one", subscription.pk, first.pk))
    assert QueuedNotification.objects.filter(dead=False).get().pk == first.pk
    agent.post(page("replay_all", subscription.pk))
    assert not QueuedNotification.objects.filter(dead=True).exists()
    assert [action for action, _urn in journal()] == ["notifications.replayed"] * 2


def test_what_was_given_up_is_forgotten_after_a_question():
    agent, subscription = administrator(), make_subscription()
    first, *_others = [give_up(subscription) for _ in range(3)]
    waiting = give_up(subscription, dead=False)
    assert agent.get(page("discard_one", subscription.pk, first.pk)).status_code == 200
    assert QueuedNotification.objects.count() == 4
    agent.post(page("discard_one", subscription.pk, first.pk))
    assert QueuedNotification.objects.count() == 3
    agent.post(page("discard_all", subscription.pk))
    assert QueuedNotification.objects.get() == waiting
    assert [action for action, _urn in journal()] == ["notifications.discarded"] * 2


def test_a_notification_of_another_subscription_is_left():
    mine, other = make_organisation("Mienne"), make_subscription("urn:x:other")
    subscription = make_subscription(organisation=mine)
    foreign = give_up(other)
    administrator(organisation=mine).post(page("discard_one", subscription.pk, foreign.pk))
    assert QueuedNotification.objects.filter(pk=foreign.pk).exists()


CHANGES = ("pause", "resume", "delete_subscription", "replay_all", "discard_all")


@pytest.mark.parametrize("name", CHANGES)
def test_who_only_looks_changes_nothing(name):
    subscription = make_subscription()
    agent = looker()
    assert agent.post(page(name, subscription.pk)).status_code == 403
    html = agent.get(page("subscription", subscription.pk)).content.decode()
    assert "Supprimer" not in html


@pytest.mark.parametrize("name", CHANGES)
def test_subscriptions_of_others_are_not_there(name):
    mine, foreign = (
        make_organisation("Mienne"),
        make_subscription("urn:x:foreign", organisation=make_organisation("Autre")),
    )
    make_subscription("urn:x:nobody")
    own = make_subscription("urn:x:own", organisation=mine)
    agent = administrator(organisation=mine)
    assert [row["row"].pk for row in agent.get(PAGE).context["rows"]] == [own.pk]
    assert agent.get(page("subscription", foreign.pk)).status_code == 404
    assert agent.post(page(name, foreign.pk)).status_code == 404


def test_addresses_that_change_something_are_not_followed():
    subscription = make_subscription(expires_at=timezone.now() + HOUR)
    assert administrator().get(page("pause", subscription.pk)).status_code == 405
    assert administrator().get(page("replay_all", subscription.pk)).status_code == 405
