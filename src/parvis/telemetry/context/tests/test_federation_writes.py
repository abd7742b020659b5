"""Writing what this broker and context sources hold (ETSI GS CIM 009 V1.8.1, 4.3.6, 5.6, 6.3.17, 6.3.18)."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from parvis.telemetry.context.broker.testing import Told, ask
from parvis.telemetry.context.federation import forwarding, index
from parvis.telemetry.context.tests.federating import REGISTRATIONS, URN, StubSource, registration, stub_source

pytestmark = pytest.mark.django_db

LAMP = "urn:ngsi-ld:Lamp:1"
OTHER = "urn:ngsi-ld:Lamp:2"
ENTITY = f"/ngsi-ld/v1/entities/{LAMP}"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
WRITES = ["redirectionOps"]
BATCHES = ["createBatch", "upsertBatch", "updateBatch", "deleteBatch", "mergeBatch"]


@pytest.fixture(autouse=True)
def _open(settings: Settings) -> Iterator[None]:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]
    settings.PARVIS_BROKER_ALIAS = "metropolis"
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    index.forget()
    forwarding.forget()
    yield
    index.forget()
    forwarding.forget()


@pytest.fixture
def source() -> Iterator[StubSource]:
    with stub_source() as stub:
        yield stub


def register(source: StubSource, mode: str, **members: Any) -> None:
    members.setdefault("operations", WRITES)
    members.setdefault("information", [{"entities": [{"type": "Lamp"}]}])
    answer = ask("POST", REGISTRATIONS, registration(endpoint=source.address, mode=mode, **members))
    assert answer.status == 201, answer.json


def register_power(source: StubSource, **members: Any) -> None:
    """The source holds the power of one lamp alone."""
    information = [{"entities": [{"type": "Lamp", "id": LAMP}], "propertyNames": ["power"]}]
    register(source, "exclusive", information=information, **members)


def lamp(urn: str = LAMP, **attributes: Any) -> dict[str, Any]:
    return {"id": urn, "type": "Lamp"} | attributes


def prop(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}


def put_here(*entities: dict[str, Any]) -> None:
    for entity in entities:
        assert ask("POST", "/entities", entity, query={"local": "true"}).status == 201


def here(urn: str = LAMP) -> Any:
    """The entity as this broker holds it; None when it does not."""
    told = ask("GET", f"/entities/{urn}", query={"local": "true"})
    return told.json if told.status == 200 else None


def errors_of(told: Told) -> list[tuple[int, str | None]]:
    """Status and registration of each error of a BatchOperationResult."""
    assert told.status == 207, (told.status, told.json)
    return [(one["error"]["status"], one.get("registrationId")) for one in told.json["errors"]]


# inclusive: there and here


def test_created_there_and_here(source: StubSource) -> None:
    register(source, "inclusive")
    source.reply("POST", "/ngsi-ld/v1/entities", 201)

    told = ask("POST", "/entities", lamp(power=prop(1)))

    assert told.status == 201
    assert told.headers["Location"].endswith(LAMP)
    assert here() == lamp(power=prop(1))
    (asked,) = source.received
    assert asked.body == lamp(power=prop(1))
    assert asked.headers["via"] == "1.1 metropolis"
    assert asked.headers["content-type"] == "application/json"
    assert "json-ld#context" in asked.headers["link"]


def test_only_its_attributes_are_sent(source: StubSource) -> None:
    register(source, "inclusive", information=[{"entities": [{"type": "Lamp"}], "propertyNames": ["power"]}])
    source.reply("POST", "/ngsi-ld/v1/entities", 201)

    ask("POST", "/entities", lamp(power=prop(1), colour=prop("red")) | {"scope": "/A"})

    assert source.received[0].body == lamp(power=prop(1)) | {"scope": "/A"}
    assert here()["colour"] == prop("red")


def test_the_context_of_the_body_travels_in_a_link(source: StubSource) -> None:
    register(source, "inclusive", information=[{"entities": [{"type": "https://x.example/Lamp"}]}])
    source.reply("POST", "/ngsi-ld/v1/entities", 201)
    context = {"Lamp": "https://x.example/Lamp", "power": "https://x.example/power"}

    told = ask("POST", "/entities", lamp(power=prop(1)) | {"@context": context}, content="application/ld+json")

    assert told.status == 201, told.json
    assert source.received[0].body == lamp(power=prop(1))
    assert "/jsonldContexts/" in source.received[0].headers["link"]


@pytest.mark.parametrize("members", [{"operations": None}, {"operations": ["retrieveOps"]}])
def test_one_that_does_not_take_writes_gets_none(source: StubSource, members: dict[str, Any]) -> None:
    register(source, "inclusive", **members)

    assert ask("POST", "/entities", lamp()).status == 201
    assert source.received == []


def test_an_auxiliary_source_gets_no_writes(source: StubSource) -> None:
    register(source, "auxiliary", operations=["retrieveOps"])

    assert ask("POST", "/entities", lamp()).status == 201
    assert source.received == []


def test_created_there_and_already_here(source: StubSource) -> None:
    register(source, "inclusive")
    put_here(lamp())
    source.reply("POST", "/ngsi-ld/v1/entities", 201)

    told = ask("POST", "/entities", lamp())

    assert errors_of(told) == [(409, None)]
    assert told.json["success"] == [LAMP]
    source.reply("POST", "/ngsi-ld/v1/entities", 409)
    assert errors_of(ask("POST", "/entities", lamp())) == [(409, URN), (409, None)]


@pytest.mark.parametrize(
    ("there", "is_here", "status", "errors"),
    [
        (204, True, 204, []),
        (404, True, 207, [(404, URN)]),
        (204, False, 207, [(404, None)]),
        (404, False, 207, [(404, URN), (404, None)]),
        (500, True, 207, [(502, URN)]),
    ],
)
def test_deleted_there_and_here(
    source: StubSource, there: int, is_here: bool, status: int, errors: list[tuple[int, str | None]]
) -> None:
    register(source, "inclusive")
    source.reply("DELETE", ENTITY, there)
    if is_here:
        put_here(lamp())

    told = ask("DELETE", f"/entities/{LAMP}")

    assert told.status == status
    if errors:
        assert errors_of(told) == errors
    assert here() is None


FRAGMENT = {"power": prop(2), "colour": prop("red")}


@pytest.mark.parametrize(
    ("method", "path", "body", "sent"),
    [
        ("PUT", "", lamp(power=prop(2)), lamp(power=prop(2))),
        ("PATCH", "", {"power": prop(2)}, {"power": prop(2)}),
        ("POST", "/attrs", FRAGMENT, FRAGMENT),
        ("PATCH", "/attrs", FRAGMENT, FRAGMENT),
        ("PATCH", "/attrs/power", {"value": 2}, {"value": 2}),
        ("PUT", "/attrs/power", prop(2), prop(2)),
        ("DELETE", "/attrs/power", None, None),
    ],
)
def test_every_write_goes_there_too(source: StubSource, method: str, path: str, body: Any, sent: Any) -> None:
    register(source, "inclusive")
    put_here(lamp(power=prop(1)))
    target = ENTITY + (path + "/" if path == "/attrs" else path)  # the template of the standard ends with a slash
    source.reply(method, target, 204)

    told = ask(method, f"/entities/{LAMP}{path}", body)

    assert (told.status, told.json) == (204, None)
    assert source.lines == [f"{method} {target}"]
    assert source.received[0].body == sent
    power = here().get("power")
    assert power == (None if method == "DELETE" else prop(2))


def test_options_travel_along(source: StubSource) -> None:
    register(source, "inclusive")
    put_here(lamp(power=prop(1)))
    appended = ENTITY + "/attrs/?options=noOverwrite"
    deleted = ENTITY + "/attrs/power?datasetId=urn:d:1"
    merged = ENTITY + "?observedAt=2026-01-01T00:00:00Z"
    source.reply("POST", appended, 204)

    ask("POST", f"/entities/{LAMP}/attrs", FRAGMENT, query={"options": "noOverwrite", "local": "false"})
    ask("DELETE", f"/entities/{LAMP}/attrs/power", query={"datasetId": "urn:d:1", "deleteAll": "false"})
    ask("PATCH", f"/entities/{LAMP}", {"power": prop(3)}, query={"observedAt": "2026-01-01T00:00:00Z"})

    assert source.lines == [f"POST {appended}", f"DELETE {deleted}", f"PATCH {merged}"]


def test_attributes_that_are_only_there(source: StubSource) -> None:
    register(source, "inclusive")
    source.reply("PATCH", ENTITY + "/attrs/", 204)

    told = ask("PATCH", f"/entities/{LAMP}/attrs", FRAGMENT)

    assert told.status == 207
    assert told.json["updated"] == []
    names = [one["attributeName"].rpartition("/")[2] for one in told.json["notUpdated"]]
    assert names == ["colour", "power"]


def test_attributes_that_fail_there(source: StubSource) -> None:
    register(source, "inclusive", information=[{"entities": [{"type": "Lamp"}], "propertyNames": ["power"]}])
    put_here(lamp())
    source.reply("PATCH", ENTITY + "/attrs/", 500)

    told = ask("PATCH", f"/entities/{LAMP}/attrs", FRAGMENT)

    assert told.status == 207
    (failed,) = told.json["notUpdated"]
    assert (failed["attributeName"].rpartition("/")[2], failed["registrationId"]) == ("power", URN)
    assert [name.rpartition("/")[2] for name in told.json["updated"]] == ["colour"]


def test_an_entity_of_another_type_is_not_its_business(source: StubSource) -> None:
    register(source, "inclusive", information=[{"entities": [{"type": "Mast"}]}])
    put_here(lamp(power=prop(1)))

    assert ask("PATCH", f"/entities/{LAMP}/attrs", FRAGMENT).status == 204
    assert source.received == []


# exclusive: its attributes there, the rest here


def test_what_is_held_alone_is_cut(source: StubSource) -> None:
    register_power(source)
    source.reply("POST", "/ngsi-ld/v1/entities", 201)

    told = ask("POST", "/entities", lamp(power=prop(1), colour=prop("red")))

    assert told.status == 201
    assert source.received[0].body == lamp(power=prop(1))
    assert here() == lamp(colour=prop("red"))


def test_when_nothing_is_left_nothing_is_done_here(source: StubSource) -> None:
    put_here(lamp(colour=prop("red")))
    register_power(source)
    source.reply("POST", "/ngsi-ld/v1/entities", 201)
    source.reply("DELETE", ENTITY + "/attrs/power", 204)
    source.reply("PATCH", ENTITY + "/attrs/power", 204)

    assert ask("POST", "/entities", lamp(power=prop(1))).status == 201
    assert ask("PATCH", f"/entities/{LAMP}/attrs/power", {"value": 2}).status == 204
    assert ask("DELETE", f"/entities/{LAMP}/attrs/power").status == 204
    assert here() == lamp(colour=prop("red"))


def test_an_attribute_held_alone_elsewhere_and_one_here(source: StubSource) -> None:
    put_here(lamp(colour=prop("red")))
    register_power(source)
    source.reply("POST", ENTITY + "/attrs/", 204)

    assert ask("POST", f"/entities/{LAMP}/attrs", FRAGMENT).status == 204
    assert source.received[0].body == {"power": prop(2)}
    assert "power" not in here()


def test_its_deletion_is_that_of_both(source: StubSource) -> None:
    put_here(lamp(colour=prop("red")))
    register_power(source)
    source.reply("DELETE", ENTITY, 204)

    assert ask("DELETE", f"/entities/{LAMP}").status == 204
    assert here() is None
    assert source.lines == [f"DELETE {ENTITY}"]


def test_what_it_holds_and_cannot_do(source: StubSource) -> None:
    put_here(lamp(colour=prop("red")))
    register_power(source, operations=["retrieveOps"])

    whole = ask("PATCH", f"/entities/{LAMP}/attrs", {"power": prop(1)})
    assert (whole.status, whole.json["type"]) == (409, ERRORS + "Conflict")
    part = ask("PATCH", f"/entities/{LAMP}/attrs", FRAGMENT)
    assert part.status == 207
    assert part.json["notUpdated"][0]["registrationId"] == URN
    assert here()["colour"] == prop("red")
    assert source.received == []


def test_one_that_names_no_attribute_cannot_say_what_it_holds(source: StubSource) -> None:
    put_here(lamp())
    register(source, "exclusive", information=[{"entities": [{"type": "Lamp", "id": LAMP}]}])

    assert ask("POST", "/entities", lamp()).status == 409
    assert errors_of(ask("DELETE", f"/entities/{LAMP}")) == [(409, URN)]
    assert source.received == []


# redirect: there only, at all of them


def test_redirected(source: StubSource) -> None:
    with stub_source() as second:
        register(source, "redirect")
        register(second, "redirect", id="urn:r:2")
        for stub in (source, second):
            stub.reply("POST", "/ngsi-ld/v1/entities", 201)
            stub.reply("DELETE", ENTITY, 204)

        assert ask("POST", "/entities", lamp(power=prop(1))).status == 201
        assert here() is None
        assert ask("DELETE", f"/entities/{LAMP}").status == 204
        assert source.lines == second.lines == ["POST /ngsi-ld/v1/entities", f"DELETE {ENTITY}"]

        second.reply("DELETE", ENTITY, 404)
        assert errors_of(ask("DELETE", f"/entities/{LAMP}")) == [(404, "urn:r:2")]


def test_what_should_not_be_here_is_deleted_too(source: StubSource) -> None:
    put_here(lamp())
    register(source, "redirect")
    source.reply("DELETE", ENTITY, 204)

    assert ask("DELETE", f"/entities/{LAMP}").status == 204
    assert here() is None


@pytest.mark.parametrize(
    ("reply", "status", "kind"),
    [
        ((500, None), 502, "BadGateway"),
        ((200, "no json"), 502, "BadGateway"),
        ((404, None), 404, "ResourceNotFound"),
        ((409, None), 409, "AlreadyExists"),
        ((504, None), 504, "GatewayTimeout"),
        ((508, None), 508, "LoopDetected"),
        ((400, {"type": ERRORS + "BadRequestData", "title": "No", "detail": "Not so."}), 400, "BadRequestData"),
    ],
)
def test_the_only_holder_fails(source: StubSource, reply: tuple[int, Any], status: int, kind: str) -> None:
    register(source, "redirect")
    source.reply("DELETE", ENTITY, *reply)

    told = ask("DELETE", f"/entities/{LAMP}")

    assert told.status == status
    assert told.json["type"] == ERRORS + kind
    assert told.json["title"] != told.json["detail"]


def test_the_only_holder_is_too_slow(source: StubSource) -> None:
    register(source, "redirect", management={"timeout": 100})
    source.reply("DELETE", ENTITY, 204, after_s=5)

    assert ask("DELETE", f"/entities/{LAMP}").status == 504


def test_a_redirected_write_that_is_not_offered(source: StubSource) -> None:
    register(source, "redirect", operations=["retrieveOps"])

    told = ask("POST", "/entities", lamp())

    assert (told.status, told.json["type"]) == (409, ERRORS + "Conflict")
    assert here() is None
    assert source.received == []


def test_a_bad_write_goes_nowhere(source: StubSource) -> None:
    register(source, "redirect")

    assert ask("POST", "/entities", {"id": "no uri", "type": "Lamp"}).status == 400
    assert ask("PATCH", f"/entities/{LAMP}/attrs", {"power": {"type": "Property"}}).status == 400
    assert source.received == []


def test_local_stays_here(source: StubSource) -> None:
    register(source, "redirect")

    assert ask("POST", "/entities", lamp(), query={"local": "true"}).status == 201
    assert here() == lamp()
    assert source.received == []


# loops


@pytest.mark.parametrize("mode", ["inclusive", "redirect"])
def test_a_write_that_came_back(source: StubSource, mode: str) -> None:
    put_here(lamp())
    register(source, mode)

    told = ask("DELETE", f"/entities/{LAMP}", headers={"Via": "1.1 metropolis"})

    assert (told.status, told.json["type"]) == (508, ERRORS + "LoopDetected")
    assert here() is not None
    assert source.received == []


def test_an_inclusive_source_in_a_loop_drops_out(source: StubSource) -> None:
    put_here(lamp())
    register(source, "inclusive")
    source.reply("DELETE", ENTITY, 508)

    assert ask("DELETE", f"/entities/{LAMP}").status == 204


# batches


def batch(name: str, *items: Any, **query: str) -> Told:
    return ask("POST", f"/entityOperations/{name}", list(items), query=query)


@pytest.mark.parametrize("mode", ["inclusive", "redirect"])
def test_a_batch_goes_as_one(source: StubSource, mode: str) -> None:
    register(source, mode, operations=WRITES + BATCHES)
    source.reply("POST", "/ngsi-ld/v1/entityOperations/create", 201)
    source.reply("POST", "/ngsi-ld/v1/entityOperations/delete", 204)
    items = [lamp(power=prop(1)), lamp(OTHER, power=prop(2))]

    told = batch("create", *items)

    assert (told.status, told.json) == (201, [LAMP, OTHER])
    assert source.received[0].body == items
    assert (here() is not None) == (mode == "inclusive")
    assert batch("delete", LAMP, OTHER).status == 204
    assert source.received[1].body == [LAMP, OTHER]
    assert len(source.received) == 2


def test_a_batch_of_what_is_held_alone(source: StubSource) -> None:
    put_here(lamp(colour=prop("red")), lamp(OTHER, colour=prop("red")))
    information = [{"entities": [{"type": "Lamp", "idPattern": ".*"}], "propertyNames": ["power"]}]
    register(source, "exclusive", information=information, operations=WRITES + BATCHES)
    upsert = "/ngsi-ld/v1/entityOperations/upsert?options=update"
    source.reply("POST", upsert, 204)
    source.reply("POST", "/ngsi-ld/v1/entityOperations/create", 201)

    told = batch("upsert", lamp(**FRAGMENT), lamp(OTHER, colour=prop("blue")), options="update")
    assert told.status == 204, told.json
    assert source.received[0].body == [lamp(power=prop(2))]
    assert here(OTHER)["colour"] == prop("blue")
    assert "power" not in here()

    told = batch("create", lamp(power=prop(1)), lamp(OTHER, power=prop(1)))
    assert (told.status, told.json) == (201, [LAMP, OTHER])


def test_each_item_has_its_own_success(source: StubSource) -> None:
    register(source, "redirect", operations=BATCHES)
    problem = {"type": ERRORS + "AlreadyExists", "title": "It exists", "detail": "It does.", "status": 409}
    source.reply(
        "POST",
        "/ngsi-ld/v1/entityOperations/create",
        207,
        {"success": [OTHER], "errors": [{"entityId": LAMP, "error": problem}]},
    )

    told = batch("create", lamp(), lamp(OTHER), {"id": "no uri"}, {"id": "urn:m:1", "type": "Mast"})

    assert told.status == 207
    assert sorted(told.json["success"]) == sorted([OTHER, "urn:m:1"])
    assert {(one["entityId"], one["error"]["status"]) for one in told.json["errors"]} == {("no uri", 400), (LAMP, 409)}
    assert next(one for one in told.json["errors"] if one["entityId"] == LAMP)["registrationId"] == URN


def test_a_batch_to_one_that_fails(source: StubSource) -> None:
    register(source, "inclusive", operations=BATCHES)
    put_here(lamp(power=prop(1)))
    source.reply("POST", "/ngsi-ld/v1/entityOperations/merge", 500)

    told = batch("merge", lamp(power=prop(2)))

    assert errors_of(told) == [(502, URN)]
    assert here()["power"] == prop(2)


def test_one_that_takes_no_batches_is_asked_one_by_one(source: StubSource) -> None:
    register(source, "redirect", operations=WRITES)
    source.reply("PUT", ENTITY, 204)
    source.reply("PUT", f"/ngsi-ld/v1/entities/{OTHER}", 404)
    source.reply("POST", "/ngsi-ld/v1/entities", 201)

    told = batch("upsert", lamp(power=prop(1)), lamp(OTHER, power=prop(2)))

    assert (told.status, told.json) == (201, [OTHER])
    assert sorted(source.lines) == sorted(
        [f"PUT {ENTITY}", f"PUT /ngsi-ld/v1/entities/{OTHER}", "POST /ngsi-ld/v1/entities"]
    )
    assert source.received[-1].body == lamp(OTHER, power=prop(2))


def test_a_batch_that_is_not_offered(source: StubSource) -> None:
    register(source, "redirect", operations=["retrieveOps"])

    assert errors_of(batch("create", lamp())) == [(409, URN)]
    assert source.received == []


def test_a_batch_that_came_back(source: StubSource) -> None:
    register(source, "redirect", operations=BATCHES)

    told = ask(
        "POST",
        "/entityOperations/create",
        [lamp(), {"id": "urn:m:1", "type": "Mast"}],
        headers={"Via": "1.1 metropolis"},
    )

    assert errors_of(told) == [(508, None)]
    assert told.json["success"] == ["urn:m:1"]


# purges


def test_purged_there_and_here(source: StubSource) -> None:
    register(source, "inclusive", information=[{"entities": [{"type": "Lamp"}], "propertyNames": ["power"]}])
    put_here(lamp(power=prop(1)), lamp(OTHER))
    source.reply("DELETE", "/ngsi-ld/v1/entities?type=Lamp", 204)
    source.reply("DELETE", "/ngsi-ld/v1/entities?type=Lamp&drop=power", 500)

    told = ask("DELETE", "/entities", query={"type": "Lamp", "drop": "power"})
    assert errors_of(told) == [(502, URN)]
    assert here() == lamp()
    assert ask("DELETE", "/entities", query={"type": "Lamp"}).status == 204
    assert here() is None
    assert source.lines[-1] == "DELETE /ngsi-ld/v1/entities?type=Lamp"


def test_a_purge_of_this_broker_only(source: StubSource) -> None:
    register(source, "redirect")

    assert ask("DELETE", "/entities", query={"type": "Mast"}).status == 204
    assert ask("DELETE", "/entities", query={"local": "true"}).status == 204
    assert source.received == []
