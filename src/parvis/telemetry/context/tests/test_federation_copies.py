"""Subscriptions that follow the things of other brokers too (ETSI GS CIM 009 V1.8.1, 4.3.6, 5.8.1.4, 5.8.2.4, 5.8.5.4 and 5.8.6)."""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import msgspec
import pytest
from pytest_django.fixtures import Settings

from parvis.kernel import clock, outgoing
from parvis.telemetry.context import jobs
from parvis.telemetry.context.broker.testing import Told, ask
from parvis.telemetry.context.federation import forwarding, index
from parvis.telemetry.context.federation.copies.door import answered
from parvis.telemetry.context.federation.copies.keeping import keepers, relook
from parvis.telemetry.context.federation.copies.making import PATIENCE, planned, recorded
from parvis.telemetry.context.federation.copies.naming import Copy, copy_of
from parvis.telemetry.context.models import QueuedNotification, Registration, Subscription
from parvis.telemetry.context.tests.federating import REGISTRATIONS, StubSource, registration, stub_source
from parvis.telemetry.context.tests.federating import URN as SOURCE
from parvis.telemetry.context.tests.notifying import leave_database, notifier
from parvis.telemetry.context.tests.subscribing import URN, data, document, patch, queued, read, receiver, until

pytestmark = pytest.mark.django_db

LAMP = "urn:ngsi-ld:Lamp:1"
POST = "POST /ngsi-ld/v1/subscriptions"


@pytest.fixture(autouse=True)
def _open(settings: Settings) -> Iterator[None]:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]
    settings.PARVIS_BROKER_ALIAS = "metropolis"
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    settings.PARVIS_SITE_URL = "https://metropolis.example"
    index.forget()
    forwarding.forget()
    yield
    index.forget()
    forwarding.forget()


@pytest.fixture
def source() -> Iterator[StubSource]:
    with stub_source() as stub:
        stub.reply("POST", "/ngsi-ld/v1/subscriptions", 201)
        yield stub


def register(source: StubSource, **members: Any) -> None:
    members.setdefault("information", [{"entities": [{"type": "Lamp"}]}])
    told = ask("POST", REGISTRATIONS, registration(endpoint=source.address, **members))
    assert told.status == 201, told.json


def subscribe(*, query: dict[str, str] | None = None, headers: dict[str, str] | None = None, **members: Any) -> Told:
    members.setdefault("entities", [{"type": "Lamp"}])
    return ask("POST", "/subscriptions", document(**members), query=query, headers=headers)


def look() -> list[str]:
    """What the notifier does when it is woken: until all is as it should be, or something fails."""
    failed: list[str] = []
    for keeper in keepers():
        while not failed and (plan := planned(keeper.pk, clock.now())) is not None:
            failed += recorded(plan, outgoing.gather(plan.requests), clock.now())
    QueuedNotification.objects.filter(subscription__in=keepers()).delete()
    return failed


def copy() -> Copy:
    return Copy(Subscription.objects.get(urn=URN).pk, Registration.objects.get(urn=SOURCE).pk)


def at_source(source: StubSource) -> str:
    """The address of the copy, where the source now answers 204."""
    path = f"/ngsi-ld/v1/subscriptions/{copy().urn}"
    source.reply("PATCH", path, 204)
    source.reply("DELETE", path, 204)
    return path


def notify(*entities: dict[str, Any], urn: str = "", headers: dict[str, str] | None = None) -> int:
    body = {
        "id": "urn:ngsi-ld:Notification:1",
        "type": "Notification",
        "subscriptionId": urn or copy().urn,
        "notifiedAt": "2026-01-05T08:00:00Z",
        "data": list(entities),
    }
    status, _ = answered(headers or {}, msgspec.json.encode(body))
    return status


def lamp(urn: str = LAMP, **attributes: Any) -> dict[str, Any]:
    return {"id": urn, "type": "Lamp"} | attributes


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value} | more


# What is made at a source.


def test_a_copy_asks_a_source_for_no_more_than_it_holds_and_for_us(source: StubSource) -> None:
    register(source, information=[{"entities": [{"type": "Lamp"}], "propertyNames": ["power", "colour"]}])
    told = subscribe(
        entities=[{"type": "Lamp,Bench"}, {"type": "Fountain"}],
        watchedAttributes=["power", "name"],
        q="power>50",
        throttling=5,
        lang="fr",
        notification={"format": "keyValues", "attributes": ["name"]},
        endpoint={"receiverInfo": [{"key": "X-Key", "value": "secret"}]},
    )
    assert told.status == 201
    assert source.received == []  # nobody waits for a source
    assert look() == []
    (asked,) = source.received
    assert asked.body == {
        "id": copy().urn,
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "watchedAttributes": ["power"],
        "q": "power>50",
        "throttling": 5,
        "notification": {
            "attributes": ["colour", "power"],
            "endpoint": {
                "uri": "https://metropolis.example/ngsi-ld/ex/remote-notify",
                "accept": "application/json",
            },
        },
    }
    assert asked.headers["via"] == "1.1 metropolis"
    assert "json-ld#context" in asked.headers["link"]
    assert look() == [] and len(source.received) == 1  # all is as it should be


@pytest.mark.parametrize(
    ("asked", "held", "told"),
    [
        # the id of the source, or the ids asked for that it holds
        ([{"type": "Lamp"}], {"type": "Lamp", "id": LAMP}, [{"type": "Lamp", "id": LAMP}]),
        (
            [{"type": "Lamp", "id": [LAMP, "urn:x:2"]}],
            {"type": "Lamp", "idPattern": "Lamp:"},
            [{"type": "Lamp", "id": LAMP}],
        ),
        ([{"type": "Lamp"}], {"type": "Lamp", "idPattern": "Lamp:"}, [{"type": "Lamp", "idPattern": "Lamp:"}]),
        # of two patterns the subscriber's: what comes beyond the registration is dropped
        (
            [{"type": "Lamp", "idPattern": ":1"}],
            {"type": "Lamp", "idPattern": "Lamp:"},
            [{"type": "Lamp", "idPattern": ":1"}],
        ),
        # any type: those of the source
        ([{"type": "*"}], {"type": ["Lamp", "Bench"]}, [{"type": "Bench,Lamp"}]),
        # of several types at once the selection stays
        ([{"type": "Lamp;Historic"}], {"type": "Lamp"}, [{"type": "Lamp;Historic"}]),
    ],
)
def test_selectors_of_both_sides_meet(
    source: StubSource, asked: list[Any], held: dict[str, Any], told: list[Any]
) -> None:
    register(source, information=[{"entities": [held]}])
    subscribe(entities=asked)
    look()
    assert source.received[0].body["entities"] == told


def test_it_is_changed_and_taken_back_along(source: StubSource) -> None:
    register(source)
    subscribe(q="power>50", throttling=5)
    look()
    path = at_source(source)
    assert patch({"q": "power>60", "throttling": None}).status == 204
    assert look() == []
    assert source.lines == [POST, f"PATCH {path}"]
    changed = source.received[1].body
    assert (changed["q"], changed["throttling"]) == ("power>60", "urn:ngsi-ld:null")
    assert ask("DELETE", f"/subscriptions/{URN}").status == 204
    assert look() == []
    assert source.lines[2:] == [f"DELETE {path}"]
    assert not keepers().exists()


def test_paused_expired_or_kept_here(source: StubSource) -> None:
    register(source)
    subscribe()
    look()
    path = at_source(source)
    patch({"isActive": False})
    look()
    assert source.received[-1].body["isActive"] is False
    assert notify(lamp(power=prop(1))) == 200
    assert queued() == []  # it is paused
    patch({"isActive": True, "localOnly": True})
    look()
    assert source.lines[-1] == f"DELETE {path}"


@pytest.mark.parametrize(
    "registered",
    [
        {"operations": ["retrieveOps"]},
        {"information": [{"entities": [{"type": "Bench"}]}]},
        {"mode": "auxiliary"},
    ],
)
def test_no_copy_where_none_is_wanted(source: StubSource, registered: dict[str, Any]) -> None:
    register(source, **registered)
    subscribe()
    assert not keepers().exists()


@pytest.mark.parametrize(("members", "query"), [({"localOnly": True}, None), ({}, {"local": "true"})])
def test_a_local_one_stays_here(source: StubSource, members: dict[str, Any], query: dict[str, str] | None) -> None:
    register(source)
    assert subscribe(query=query, **members).status == 201
    assert read()["localOnly"] is True
    assert not keepers().exists()


def test_csf_chooses_among_the_sources(source: StubSource) -> None:
    register(source, quality="good")
    subscribe(csf='quality=="bad"')
    assert not keepers().exists()
    patch({"csf": 'quality=="good"'})
    look()
    assert source.lines == [POST]


def test_a_source_registered_later_is_followed_until_it_goes(source: StubSource) -> None:
    subscribe()
    assert not keepers().exists()
    register(source)
    look()
    assert source.lines == [POST]
    path = at_source(source)
    ask("PATCH", f"{REGISTRATIONS}/{SOURCE}", {"information": [{"entities": [{"type": "Bench"}]}]})
    look()
    assert source.lines[1:] == [f"DELETE {path}"]
    ask("PATCH", f"{REGISTRATIONS}/{SOURCE}", {"information": [{"entities": [{"type": "Lamp"}]}]})
    look()
    ask("DELETE", f"{REGISTRATIONS}/{SOURCE}")
    assert look() == []
    assert source.lines[2:] == [POST, f"DELETE {path}"]


def test_a_source_that_moves_is_left_and_joined_again(source: StubSource) -> None:
    register(source)
    subscribe()
    look()
    path = at_source(source)
    with stub_source() as there:
        there.reply("POST", "/ngsi-ld/v1/subscriptions", 201)
        ask("PATCH", f"{REGISTRATIONS}/{SOURCE}", {"endpoint": there.address})
        assert look() == []
        assert source.lines[1:] == [f"DELETE {path}"]
        assert there.lines == [POST]


# When something fails.


def test_a_source_that_is_away_is_told_of_and_tried_again(source: StubSource) -> None:
    source.reply("POST", "/ngsi-ld/v1/subscriptions", 503)
    register(source)
    subscribe()
    assert [text.partition(": ")[0] for text in look()] == [SOURCE]
    warned = ask("GET", f"/subscriptions/{URN}")
    assert warned.headers["NGSILD-Warning"].startswith(f'199 metropolis "{SOURCE} does not follow: ')
    source.reply("POST", "/ngsi-ld/v1/subscriptions", 201)
    assert relook(clock.now()) == 1
    assert look() == []
    assert "NGSILD-Warning" not in ask("GET", f"/subscriptions/{URN}").headers
    assert relook(clock.now()) == 0


def test_an_answer_that_was_lost_and_a_source_that_forgets(source: StubSource) -> None:
    source.reply("POST", "/ngsi-ld/v1/subscriptions", 409)
    register(source)
    subscribe()
    path = at_source(source)
    assert look() == []
    assert source.lines == [POST, f"PATCH {path}"]
    source.reply("PATCH", path, 404)
    source.reply("POST", "/ngsi-ld/v1/subscriptions", 201)
    patch({"q": "power>1"})
    assert look() == []
    assert source.lines[2:] == [f"PATCH {path}", POST]


def test_one_that_cannot_be_taken_back_is_given_up_after_a_week(source: StubSource) -> None:
    register(source)
    subscribe()
    look()
    path = f"/ngsi-ld/v1/subscriptions/{copy().urn}"
    source.reply("DELETE", path, 503)
    ask("DELETE", f"/subscriptions/{URN}")
    assert ask("GET", "/csourceSubscriptions").json == []  # nobody is shown what is only left to be cleared away
    (keeper,) = keepers()
    for later in (timedelta(), timedelta(hours=1), PATIENCE + timedelta(hours=2)):
        now = clock.now() + later
        plan = planned(keeper.pk, now)
        assert plan is not None
        recorded(plan, outgoing.gather(plan.requests), now)
    assert planned(keeper.pk, clock.now()) is None
    assert not keepers().exists()


def test_an_expired_registration_goes_and_its_copy_with_it(source: StubSource) -> None:
    register(source, expiresAt="2040-01-01T00:00:00Z")
    subscribe()
    look()
    path = at_source(source)
    Registration.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    index.forget()
    assert jobs.look_after_sources(clock.now()) == 1
    assert not Registration.objects.exists()
    look()
    assert source.lines[1:] == [f"DELETE {path}"]


def test_those_who_follow_the_registrations_hear_of_one_that_expired(source: StubSource) -> None:
    register(source, expiresAt="2040-01-01T00:00:00Z")
    ask("POST", "/csourceSubscriptions", document(entities=[{"type": "Lamp"}]))
    QueuedNotification.objects.all().delete()
    Registration.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    index.forget()
    jobs.look_after_sources(clock.now())
    (row,) = QueuedNotification.objects.filter(subscription__urn=URN)
    assert msgspec.json.decode(row.content)["triggerReason"] == "noLongerMatching"


# Loops.


def test_a_request_that_came_back_is_refused(source: StubSource) -> None:
    told = subscribe(headers={"Via": "1.1 neighbour, 1.1 metropolis"})
    assert (told.status, told.json["title"]) == (508, "The request has come back to where it was")
    assert not Subscription.objects.exists()


def test_who_asked_is_not_asked_and_the_way_is_told_further(source: StubSource) -> None:
    register(source, contextSourceAlias="neighbour")
    with stub_source() as third:
        third.reply("POST", "/ngsi-ld/v1/subscriptions", 201)
        register(third, id="urn:r:third")
        subscribe(headers={"Via": "1.1 neighbour"})
        assert look() == []
        assert source.received == []
        assert third.received[0].headers["via"] == "1.1 neighbour, 1.1 metropolis"
    assert "via" not in read()


def test_also_by_a_source_registered_later(source: StubSource) -> None:
    subscribe(headers={"Via": "1.1 neighbour"})
    register(source, contextSourceAlias="neighbour")
    assert not keepers().exists()


def test_a_source_behind_us_needs_no_copy(source: StubSource) -> None:
    source.reply("POST", "/ngsi-ld/v1/subscriptions", 508)
    register(source)
    subscribe()
    assert look() == []
    assert "NGSILD-Warning" not in ask("GET", f"/subscriptions/{URN}").headers
    patch({"q": "power>1"})
    assert look() == []
    assert source.lines == [POST, POST]


# What a source tells.


def told_of(source: StubSource, *entities: dict[str, Any], **members: Any) -> list[dict[str, Any]]:
    """What the subscriber is told when the source notifies us of these."""
    if not Subscription.objects.filter(urn=URN).exists():
        register(source)
        assert subscribe(**members).status == 201
    assert notify(*entities) == 200
    return data() if queued() else []


def test_it_is_told_further_in_the_form_the_subscriber_wants(source: StubSource) -> None:
    told = told_of(
        source,
        lamp(power=prop(9, observedAt="2026-01-05T08:00:00Z"), name=prop("A")),
        notification={"format": "keyValues", "attributes": ["power"]},
    )
    assert told == [lamp(power=9)]


def test_its_words_are_read_in_its_context(source: StubSource) -> None:
    context = {"Lamp": "https://uri.etsi.org/ngsi-ld/default-context/Lamp", "puissance": "https://x.example/power"}
    entity = {"@context": context} | lamp(puissance=prop(9))
    assert told_of(source, entity) == [lamp(**{"https://x.example/power": prop(9)})]


@pytest.mark.parametrize(
    "entity",
    [
        {"id": "urn:ngsi-ld:Bench:1", "type": "Bench", "power": prop(1)},  # of another type than was registered
        lamp("urn:ngsi-ld:Lamp:2", power=prop(1)),  # not what was subscribed to
    ],
)
def test_what_is_beside_the_matter_is_dropped(source: StubSource, entity: dict[str, Any]) -> None:
    assert told_of(source, entity, entities=[{"type": "Lamp", "id": LAMP}]) == []


def test_attributes_beyond_the_registration_are_dropped(source: StubSource) -> None:
    register(source, information=[{"entities": [{"type": "Lamp"}], "propertyNames": ["power"]}])
    subscribe()
    assert told_of(source, lamp(power=prop(1), owner=prop("X"))) == [lamp(power=prop(1))]


def test_deletions_and_changes_are_told_like_ours(source: StubSource) -> None:
    triggers = ["attributeUpdated", "attributeDeleted", "entityDeleted"]
    wanted = {"notificationTrigger": triggers, "notification": {"showChanges": True}}
    now = "2026-01-05T08:00:00Z"
    changed = lamp(
        power=prop(2, previousValue=1),
        colour={"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": "red", "deletedAt": now},
    )
    (told,) = told_of(source, changed, **wanted)
    assert told["power"] == prop(2, previousValue=1)
    assert told["colour"]["value"] == "urn:ngsi-ld:null"
    assert told["colour"]["previousValue"] == "red"
    QueuedNotification.objects.all().delete()
    (gone,) = told_of(source, lamp(deletedAt=now))
    assert gone.keys() == {"id", "type", "deletedAt"}


def test_the_words_of_strangers_are_refused(source: StubSource) -> None:
    register(source)
    subscribe()
    forged = copy().urn[:-1] + ("0" if copy().urn[-1] != "0" else "1")
    assert notify(lamp(power=prop(1)), urn=forged) == 404
    assert notify(lamp(power=prop(1)), urn=URN) == 404
    assert copy_of(copy().urn) == copy()
    for body, status in ((b"{", 400), (b"[]", 400), (msgspec.json.encode({"subscriptionId": copy().urn}), 400)):
        assert answered({}, body)[0] == status
    known = copy().urn
    ask("DELETE", f"{REGISTRATIONS}/{SOURCE}")
    assert notify(lamp(power=prop(1)), urn=known) == 404


def test_of_split_entities_the_whole_is_judged(source: StubSource) -> None:
    register(source)
    subscribe(splitEntities=True, q='power>50;brand=="Tesla"')
    look()
    sent = source.received[0].body
    assert sent["splitEntities"] is True and "q" not in sent
    assert ask("POST", "/entities", lamp(brand=prop("Tesla")), query={"local": "true"}).status == 201
    assert told_of(source, lamp(power=prop(10))) == []
    assert told_of(source, lamp(power=prop(99))) == [lamp(power=prop(99), brand=prop("Tesla"))]


# Its keeper.


def test_it_is_listed_among_those_who_follow_the_registrations_and_goes_with_its_subscription(
    source: StubSource,
) -> None:
    register(source)
    subscribe(watchedAttributes=["power"])
    (listed,) = ask("GET", "/csourceSubscriptions").json
    assert listed["entities"] == [{"type": "Lamp"}]
    assert listed["watchedAttributes"] == ["power"]
    assert listed.keys() == {"id", "type", "entities", "watchedAttributes", "notification", "status"}
    for method, body in (("DELETE", None), ("PATCH", {"q": "a>1"})):
        assert ask(method, f"/csourceSubscriptions/{listed['id']}", body).status == 422
    ask("DELETE", f"/subscriptions/{URN}")
    look()
    assert ask("GET", "/csourceSubscriptions").json == []
    assert source.received == []  # it was never told


def test_a_limited_token_follows_nobody_elsewhere(source: StubSource) -> None:
    register(source)
    subscribe()
    Subscription.objects.filter(urn=URN).update(limits={"areas": ["21231"]})
    assert look() == []
    assert source.received == []
    assert notify(lamp(power=prop(1))) == 404


# With the notifier, as the public conformance suite asks it (its 5814_01).


@pytest.mark.django_db(transaction=True)
def test_the_notifier_follows_and_tells(source: StubSource) -> None:
    with receiver() as subscriber, notifier():
        register(source)
        subscribe(uri=subscriber.uri)
        until(lambda: source.lines == [POST])
        until(lambda: not QueuedNotification.objects.exists())
        assert notify(lamp(power=prop(99))) == 200
        subscriber.wait(1)
        body = subscriber.received[0].body
        assert (body["subscriptionId"], body["data"]) == (URN, [lamp(power=prop(99))])
        path = at_source(source)
        ask("DELETE", f"/subscriptions/{URN}")
        until(lambda: source.lines == [POST, f"DELETE {path}"])
        until(lambda: not Subscription.objects.exists())
    leave_database()


@pytest.mark.django_db(transaction=True)
def test_the_notifier_tries_again_by_itself(source: StubSource) -> None:
    source.reply("POST", "/ngsi-ld/v1/subscriptions", 503)
    with notifier():
        register(source)
        subscribe()
        until(lambda: "NGSILD-Warning" in ask("GET", f"/subscriptions/{URN}").headers)
        source.reply("POST", "/ngsi-ld/v1/subscriptions", 201)
        until(lambda: "NGSILD-Warning" not in ask("GET", f"/subscriptions/{URN}").headers)
    leave_database()
