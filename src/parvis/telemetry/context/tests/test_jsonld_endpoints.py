"""`/jsonldContexts` through the whole broker (ETSI GS CIM 009 V1.8.1, 5.13)."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any
from urllib.parse import quote

import pytest

from parvis.telemetry.context.broker.testing import Told, ask
from parvis.telemetry.context.jsonld import catalogue
from parvis.telemetry.context.jsonld.core import CORE_URL
from parvis.telemetry.context.jsonld.places import own_url
from parvis.telemetry.context.models import CITY, JsonLdContext
from parvis.telemetry.context.tests.elsewhere import Elsewhere, elsewhere

pytestmark = pytest.mark.django_db

SPEED = {"speed": "https://u.example/speed"}
KEYS = {"URL", "localId", "kind", "createdAt", "lastUsage", "numberOfHits"}


@pytest.fixture(autouse=True)
def _open(settings: Any) -> None:
    settings.PARVIS_OPEN_BROKER = True
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]


@pytest.fixture(name="elsewhere")
def _elsewhere() -> Iterator[Elsewhere]:
    with elsewhere() as made:
        yield made


def hosted(value: Any = SPEED, **headers: str) -> str:
    told = ask("POST", "/jsonldContexts", {"@context": value}, headers=headers)
    assert (told.status, told.json) == (201, None)
    assert told.headers["Location"].startswith("/ngsi-ld/v1/jsonldContexts/")
    return told.headers["Location"].rpartition("/")[2]


def one(name: str, **query: str) -> Told:
    return ask("GET", "/jsonldContexts/" + quote(name, safe=""), query=query)


def remove(name: str, **query: str) -> Told:
    return ask("DELETE", "/jsonldContexts/" + quote(name, safe=""), query=query)


def error(told: Told) -> tuple[int, str]:
    assert told.json["title"] != told.json["detail"]
    return told.status, told.json["type"].rpartition("/")[2]


@pytest.mark.parametrize(
    "value", [SPEED, "https://u.example/c.jsonld", ["https://u.example/c.jsonld", SPEED], [CORE_URL], {}]
)
def test_a_context_is_hosted_and_served_as_it_was_given(value: Any) -> None:
    local_id = hosted(value)
    assert one(local_id).json == {"@context": value}
    details = one(local_id, details="true").json
    assert details.keys() == KEYS - {"lastUsage"}
    assert (details["URL"], details["localId"], details["kind"], details["numberOfHits"]) == (
        own_url(local_id),
        local_id,
        "Hosted",
        0,
    )


@pytest.mark.parametrize(
    ("body", "raw", "expected"),
    [
        (None, b"{", "InvalidRequest"),
        (None, b"", "InvalidRequest"),
        ([], None, "InvalidRequest"),
        ({}, None, "InvalidRequest"),
        ({"context": {}}, None, "InvalidRequest"),
        ({"@context": 7}, None, "BadRequestData"),
        ({"@context": True}, None, "BadRequestData"),
        ({"@context": None}, None, "BadRequestData"),
        ({"@context": [7]}, None, "BadRequestData"),
        ({"@context": {"a": {"@context": {}}}}, None, "BadRequestData"),
        ({"@context": "no-url"}, None, "BadRequestData"),
        ({"@context": {"a": "https://u.example/\x00"}}, None, "BadRequestData"),
        ({"@context": {"\x00": "https://u.example/"}}, None, "BadRequestData"),
    ],
)
def test_what_cannot_be_hosted(body: Any, raw: bytes | None, expected: str) -> None:
    told = ask("POST", "/jsonldContexts", body, raw=raw)
    assert error(told) == (400, expected)
    assert "Location" not in told.headers
    assert not JsonLdContext.objects.exists()


def test_it_may_be_given_as_json_ld() -> None:
    assert ask("POST", "/jsonldContexts", {"@context": SPEED}, content="application/ld+json").status == 201
    assert ask("POST", "/jsonldContexts", {"@context": SPEED}, content="text/plain").status == 415


def test_the_form_of_the_document_is_chosen() -> None:
    local_id = hosted()
    for accept in ("application/json", "application/ld+json"):
        told = ask("GET", f"/jsonldContexts/{local_id}", accept=accept)
        assert told.headers["Content-Type"] == accept
        assert "Link" not in told.headers
    assert ask("GET", f"/jsonldContexts/{local_id}", accept="application/geo+json").status == 406


def test_the_list(elsewhere: Elsewhere) -> None:
    url = elsewhere.give("/c.jsonld", {"@context": SPEED})
    local_id = hosted(url)
    kept = catalogue.resolve([SPEED, own_url(local_id)], tenant_id=CITY, keep_inline=True).link
    expected = {
        "Cached": {CORE_URL, url},
        "Hosted": {own_url("parvis"), own_url(local_id)},
        "ImplicitlyCreated": {kept},
    }
    assert set(ask("GET", "/jsonldContexts").json) == set().union(*expected.values())
    for kind, urls in expected.items():
        assert set(ask("GET", "/jsonldContexts", query={"kind": kind}).json) == urls
        found = ask("GET", "/jsonldContexts", query={"kind": kind, "details": "true"}).json
        assert {one["URL"] for one in found} == urls
        assert {one["kind"] for one in found} == {kind}
        assert all(one.keys() <= KEYS for one in found)


def test_the_list_takes_the_same_queries_however_long_it_is(django_assert_num_queries: Any) -> None:
    for _ in range(5):
        hosted()
    with django_assert_num_queries(1):
        assert len(ask("GET", "/jsonldContexts", query={"details": "true"}).json) == 7


@pytest.mark.parametrize("query", [{"details": "yes"}, {"details": ""}, {"kind": "Other"}, {"kind": "hosted"}])
def test_parameters_of_the_list(query: dict[str, str]) -> None:
    assert error(ask("GET", "/jsonldContexts", query=query)) == (400, "BadRequestData")
    assert error(ask("GET", "/jsonldContexts", query={"other": "1"})) == (400, "InvalidRequest")


def test_hits_are_told_as_they_are_made(elsewhere: Elsewhere) -> None:
    """A hosted one by its uses; of copies, being asked for is a use too, told from the next time on."""
    local_id = hosted()
    assert one(local_id, details="true").json["numberOfHits"] == 0
    catalogue.resolve(own_url(local_id), tenant_id=CITY)
    assert one(local_id, details="true").json["numberOfHits"] == 1
    assert one(local_id, details="true").json["numberOfHits"] == 1
    url = elsewhere.give("/c.jsonld", {"@context": SPEED})
    catalogue.resolve(url, tenant_id=CITY)
    assert one(url, details="true").json["numberOfHits"] == 1
    catalogue.resolve(url, tenant_id=CITY)
    told = one(url, details="true").json
    assert (told["numberOfHits"], told.keys()) == (3, KEYS)


def test_what_a_hosted_context_names_is_copied_once_used(elsewhere: Elsewhere) -> None:
    url = elsewhere.give("/c.jsonld", {"@context": SPEED})
    local_id = hosted([url])
    assert error(one(url)) == (404, "ResourceNotFound")
    catalogue.resolve(own_url(local_id), tenant_id=CITY)
    told = one(url, details="true").json
    assert (told["URL"], told["kind"]) == (url, "Cached")
    assert one(told["localId"]).json == {"@context": SPEED}


@pytest.mark.parametrize("name", ["absent", "https://u.example/absent", "urn:x:y", "a b", "é", "%2F", "..", "\x00"])
def test_unknown_ones(name: str) -> None:
    assert error(one(name))[0] in (400, 404)
    assert error(remove(name))[0] in (400, 404)
    assert error(remove(name, reload="true"))[0] == 400


def test_deletion() -> None:
    local_id = hosted()
    url = own_url(local_id)
    assert catalogue.resolve(url, tenant_id=CITY).expand("speed") == SPEED["speed"]
    told = remove(local_id)
    assert (told.status, told.json) == (204, None)
    assert error(one(local_id)) == (404, "ResourceNotFound")
    assert error(remove(local_id)) == (404, "ResourceNotFound")
    assert error(ask("GET", "/entities", query={"type": "T"}, link=url))[1] == "LdContextNotAvailable"


def test_deletion_by_the_whole_url() -> None:
    assert remove(own_url(hosted())).status == 204
    link = catalogue.resolve(SPEED, tenant_id=CITY, keep_inline=True).link
    assert remove(link).status == 204


def test_only_copies_are_fetched_anew(elsewhere: Elsewhere) -> None:
    link = catalogue.resolve(SPEED, tenant_id=CITY, keep_inline=True).link
    for name in (hosted(), link, "parvis", "absent"):
        assert error(remove(name, reload="true")) == (400, "BadRequestData")
    assert error(remove(hosted(), reload="yes")) == (400, "BadRequestData")
    url = elsewhere.give("/c.jsonld", {"@context": SPEED})
    catalogue.resolve(url, tenant_id=CITY)
    elsewhere.give("/c.jsonld", {"@context": {"speed": "https://new.example/"}})
    assert remove(url, reload="true").status == 204
    assert catalogue.resolve(url, tenant_id=CITY).expand("speed") == "https://new.example/"
    del elsewhere.answers["/c.jsonld"]
    assert error(remove(url, reload="true")) == (503, "LdContextNotAvailable")
    assert one(url, details="true").json["kind"] == "Cached"
    assert remove(url, reload="false").status == 204
    assert one(url).status == 404


def test_the_bundle_stays() -> None:
    for name in (CORE_URL, "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld", "core"):
        told = one(name, details="true").json
        assert (told["URL"], told["kind"]) == (CORE_URL, "Cached")
        assert one(name).json["@context"]["id"] == "@id"
        assert error(remove(name)) == (400, "BadRequestData")
        assert remove(name, reload="true").status == 204
    assert error(remove("parvis")) == (400, "BadRequestData")
    assert one("parvis").json["@context"]["Streetlight"].startswith("https://smartdatamodels.org/")
    assert one(own_url("parvis"), details="true").json["kind"] == "Hosted"


def test_contexts_of_a_tenant_are_its_own() -> None:
    mine, theirs = {"NGSILD-Tenant": "mine"}, {"NGSILD-Tenant": "theirs"}
    local_id = hosted(**mine)
    hosted(**theirs)
    path = f"/jsonldContexts/{local_id}"
    for headers in (theirs, {}):
        assert ask("GET", path, headers=headers).status == 404
        assert local_id not in str(ask("GET", "/jsonldContexts", headers=headers).json)
        assert ask("DELETE", path, headers=headers).status == 404
    assert ask("GET", path, headers=mine).json == {"@context": SPEED}
    assert ask("DELETE", path, headers=mine).status == 204


def test_a_tenant_never_made_has_the_contexts_of_the_broker() -> None:
    theirs = {"NGSILD-Tenant": "never-made"}
    local_id = hosted()
    assert ask("GET", "/jsonldContexts", headers=theirs).json == [CORE_URL, own_url("parvis")]
    assert ask("GET", "/jsonldContexts/core", headers=theirs).status == 200
    missing = ask("GET", f"/jsonldContexts/{local_id}", headers=theirs)
    assert (error(missing), missing.headers["NGSILD-Tenant"]) == ((404, "ResourceNotFound"), "never-made")
    assert error(ask("DELETE", f"/jsonldContexts/{local_id}", headers=theirs)) == (404, "NonexistentTenant")


def test_without_a_token_only_the_document_is_public(settings: Any) -> None:
    local_id = hosted()
    settings.PARVIS_OPEN_BROKER = False
    assert ask("GET", f"/jsonldContexts/{local_id}").status == 200
    assert ask("POST", "/jsonldContexts", {"@context": SPEED}).status == 401
    assert ask("DELETE", f"/jsonldContexts/{local_id}").status == 401
