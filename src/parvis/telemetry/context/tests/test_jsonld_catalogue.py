"""Which document a URL means: the bundle, rows of the tenant, what an operator loaded, the network."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from parvis.kernel import clock
from parvis.telemetry.context.broker.problems import BadRequestData, LdContextNotAvailable
from parvis.telemetry.context.jsonld import catalogue, documents, fetching, hits
from parvis.telemetry.context.jsonld.core import CORE_URL, DEFAULT_VOCABULARY
from parvis.telemetry.context.jsonld.places import own_id, own_url
from parvis.telemetry.context.jsonld.product import product_document
from parvis.telemetry.context.jsonld.terms import core_terms
from parvis.telemetry.context.models import CITY, ContextKind, JsonLdContext
from parvis.telemetry.context.tests.elsewhere import Elsewhere, elsewhere
from parvis.telemetry.context.vocabulary import declared, iri_of

pytestmark = pytest.mark.django_db

SPEED = {"speed": "https://u.example/speed"}


@pytest.fixture(name="elsewhere")
def _elsewhere(settings: Any) -> Iterator[Elsewhere]:
    settings.PARVIS_OUTGOING_ALLOWED = [ip_network("127.0.0.0/8")]
    with elsewhere() as made:
        yield made


def test_the_default_is_a_setting(settings: Any) -> None:
    settings.PARVIS_DEFAULT_CONTEXT = "core"
    assert catalogue.resolve(None, tenant_id=CITY) is catalogue.CORE
    settings.PARVIS_DEFAULT_CONTEXT = "parvis"
    term = next(iter(declared()))
    context = catalogue.resolve(None, tenant_id=CITY)
    assert (context.expand(term), context.term(term), context.is_core) == (iri_of(term), term, False)
    assert context.link == context.value == own_url("parvis")


@pytest.mark.parametrize(
    "value",
    [CORE_URL, [CORE_URL], [], {}, "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld", [CORE_URL, CORE_URL]],
)
def test_only_the_core(value: Any) -> None:
    context = catalogue.resolve(value, tenant_id=CITY)
    assert (context.is_core, context.link, context.value) == (True, CORE_URL, CORE_URL)


@pytest.mark.parametrize("value", [7, True, 1.5, [7], [True], [None, 7]])
def test_what_is_no_context(value: Any) -> None:
    with pytest.raises(BadRequestData):
        catalogue.resolve(value, tenant_id=CITY)


def test_a_context_is_fetched_once_then_held(elsewhere: Elsewhere) -> None:
    url = elsewhere.give("/c.jsonld", {"@context": SPEED, "more": 1})
    for _ in range(3):
        assert catalogue.resolve([url, CORE_URL], tenant_id=CITY).expand("speed") == SPEED["speed"]
    catalogue.forget()
    context = catalogue.resolve(url, tenant_id=CITY)
    assert (context.link, context.value, context.is_core) == (url, url, False)
    assert elsewhere.asked == ["/c.jsonld"]
    row = JsonLdContext.objects.get(url=url)
    assert (row.kind, row.body) == (ContextKind.CACHED, {"@context": SPEED})


def test_contexts_named_by_others_are_fetched_too(elsewhere: Elsewhere) -> None:
    elsewhere.give("/d/b.jsonld", {"@context": {"b": "https://b.example/"}})
    url = elsewhere.give("/d/a.jsonld", {"@context": ["b.jsonld", {"a": "https://a.example/"}]})
    context = catalogue.resolve(url, tenant_id=CITY)
    assert (context.expand("a"), context.expand("b")) == ("https://a.example/", "https://b.example/")
    assert JsonLdContext.objects.filter(kind=ContextKind.CACHED).count() == 2


def test_redirections_are_followed_within_a_bound(elsewhere: Elsewhere) -> None:
    elsewhere.give("/end", {"@context": SPEED})
    elsewhere.give("/moved", b"/end", status=302)
    assert catalogue.resolve(elsewhere.url + "/moved", tenant_id=CITY).expand("speed") == SPEED["speed"]
    elsewhere.give("/circle", b"/circle", status=302)
    with pytest.raises(LdContextNotAvailable):
        catalogue.resolve(elsewhere.url + "/circle", tenant_id=CITY)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 404, LdContextNotAvailable),
        (b"", 500, LdContextNotAvailable),
        (b"<html></html>", 200, BadRequestData),
        (b"[]", 200, BadRequestData),
        (b'{"context": {}}', 200, BadRequestData),
        (b'{"@context": 7}', 200, BadRequestData),
        (b'{"@context": {"a": {"@id": "https://u.example/", "@context": {}}}}', 200, BadRequestData),
        (b'{"@context": {"a": "https://u.example/\\u0000"}}', 200, BadRequestData),
        (b'{"@context": {"a": "\\ud800"}}', 200, BadRequestData),
        (b'{"@context": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 200, BadRequestData),
        (b'{"@context": {"a": "' + b"x" * fetching.MOST_BYTES + b'"}}', 200, LdContextNotAvailable),
    ],
)
def test_what_cannot_be_used_is_not_held(
    elsewhere: Elsewhere, body: bytes, status: int, error: type[Exception]
) -> None:
    url = elsewhere.give("/bad", body, status=status)
    with pytest.raises(error):
        catalogue.resolve(url, tenant_id=CITY)
    assert not JsonLdContext.objects.exists()


def test_a_failure_is_remembered_for_seconds(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    url = elsewhere.url + "/absent"
    for _ in range(3):
        with pytest.raises(LdContextNotAvailable):
            catalogue.resolve(url, tenant_id=CITY)
    assert elsewhere.asked == ["/absent"]
    elsewhere.give("/absent", {"@context": SPEED})
    now = fetching.monotonic()
    monkeypatch.setattr(fetching, "monotonic", lambda: now + fetching.FAILURE_HOLDS_S + 1)
    assert catalogue.resolve(url, tenant_id=CITY).expand("speed") == SPEED["speed"]


def test_private_addresses_are_not_called(elsewhere: Elsewhere, settings: Any) -> None:
    settings.PARVIS_OUTGOING_ALLOWED = []
    url = elsewhere.give("/c.jsonld", {"@context": SPEED})
    with pytest.raises(LdContextNotAvailable):
        catalogue.resolve(url, tenant_id=CITY)
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-non-existing.jsonld",
        "http://uri.etsi.org/ngsi-ld/v1/other.jsonld",
        "ftp://u.example/c.jsonld",
        "urn:ngsi-ld:context",
        "http://:80/",
        "http://127.0.0.1:99999/",
        "http://[::1/ngsi-ld/v1/jsonldContexts/parvis",
    ],
)
def test_what_cannot_be_fetched(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "etsi" in url:
        monkeypatch.setattr(fetching.outgoing, "request", pytest.fail)
    with pytest.raises((LdContextNotAvailable, BadRequestData)):
        catalogue.resolve(url, tenant_id=CITY)


def test_hosted_contexts_are_found_under_every_name_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching.outgoing, "request", pytest.fail)
    row = documents.host(SPEED, tenant_id=CITY, now=clock.now())
    for base in ("http://127.0.0.1:8000", "http://other.name:1234/prefix", "https://[::1]"):
        url = f"{base}/ngsi-ld/v1/jsonldContexts/{row.local_id}"
        assert own_id(url) == row.local_id
        assert catalogue.resolve(url, tenant_id=CITY).expand("speed") == SPEED["speed"]
        assert catalogue.resolve(url, tenant_id=CITY).link == url
    location = f"/ngsi-ld/v1/jsonldContexts/{row.local_id}"
    assert catalogue.resolve(location, tenant_id=CITY).value == own_url(row.local_id)
    assert catalogue.resolve([CORE_URL, location], tenant_id=CITY).link == own_url(row.local_id)
    assert catalogue.resolve([SPEED, location], tenant_id=CITY).value == [SPEED, own_url(row.local_id)]
    with pytest.raises(LdContextNotAvailable):
        catalogue.resolve(own_url("absent"), tenant_id=CITY)
    for other in ("/contexts/1.jsonld", f"//other.example{location}", "1.jsonld"):
        with pytest.raises(BadRequestData):
            catalogue.resolve(other, tenant_id=CITY)


def test_hosted_contexts_are_their_tenants_own() -> None:
    row = documents.host(SPEED, tenant_id=CITY, now=clock.now())
    with pytest.raises(LdContextNotAvailable):
        catalogue.resolve(own_url(row.local_id), tenant_id=7)


def test_the_product_context_is_ours_by_our_names_only(elsewhere: Elsewhere, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["broker.example"]
    assert catalogue.resolve("http://broker.example/ngsi-ld/v1/jsonldContexts/parvis", tenant_id=CITY).link == own_url(
        "parvis"
    )
    url = elsewhere.give("/ngsi-ld/v1/jsonldContexts/parvis", {"@context": SPEED})
    assert catalogue.resolve(url, tenant_id=CITY).expand("speed") == SPEED["speed"]


def test_inline_contexts_get_a_url_when_it_is_wanted() -> None:
    assert catalogue.resolve(SPEED, tenant_id=CITY).link == ""
    assert not JsonLdContext.objects.exists()
    kept = catalogue.resolve(SPEED, tenant_id=CITY, keep_inline=True)
    assert catalogue.resolve(dict(SPEED), tenant_id=CITY, keep_inline=True) is kept
    row = JsonLdContext.objects.get()
    assert (row.kind, row.body, kept.link, kept.value) == (
        ContextKind.IMPLICIT,
        {"@context": SPEED},
        own_url(row.local_id),
        SPEED,
    )
    assert catalogue.resolve(kept.link, tenant_id=CITY).expand("speed") == SPEED["speed"]
    row.delete()
    catalogue.forget()
    assert catalogue.resolve(SPEED, tenant_id=CITY, keep_inline=True).link == kept.link
    assert JsonLdContext.objects.get().local_id == row.local_id


def test_uses_are_counted_without_a_write_each(django_assert_num_queries: Any) -> None:
    row = documents.host(SPEED, tenant_id=CITY, now=clock.now())
    url = own_url(row.local_id)
    catalogue.resolve(url, tenant_id=CITY)
    with django_assert_num_queries(0):
        catalogue.resolve([url], tenant_id=CITY)
        catalogue.resolve(url, tenant_id=CITY, counted=False)
    row.refresh_from_db()
    assert (row.hits, row.used_at) == (0, None)
    hits.flush()
    row.refresh_from_db()
    assert row.hits == 2
    assert row.used_at is not None
    hits.flush()
    row.refresh_from_db()
    assert row.hits == 2


def test_what_another_process_changed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "CHECK_EVERY_S", -1.0)
    row = documents.host(SPEED, tenant_id=CITY, now=clock.now())
    url = own_url(row.local_id)
    known = catalogue.resolve(url, tenant_id=CITY)
    assert catalogue.resolve(url, tenant_id=CITY) is known
    JsonLdContext.objects.update(body={"@context": {"speed": "https://new.example/"}}, fetched_at=clock.now())
    assert catalogue.resolve(url, tenant_id=CITY).expand("speed") == "https://new.example/"
    JsonLdContext.objects.all().delete()
    with pytest.raises(LdContextNotAvailable):
        catalogue.resolve(url, tenant_id=CITY)


def test_a_kept_inline_context_deleted_elsewhere_is_kept_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "CHECK_EVERY_S", -1.0)
    link = catalogue.resolve(SPEED, tenant_id=CITY, keep_inline=True).link
    JsonLdContext.objects.all().delete()
    assert catalogue.resolve(SPEED, tenant_id=CITY, keep_inline=True).link == link
    assert JsonLdContext.objects.count() == 1


def test_memory_and_copies_are_bounded(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MOST_COMPILED", 5)
    monkeypatch.setattr(documents, "MOST_COPIES", 10)
    for number in range(20):
        catalogue.resolve(elsewhere.give(f"/{number}", {"@context": {}}), tenant_id=CITY)
    assert len(catalogue._compiled) <= 5
    assert JsonLdContext.objects.count() <= 11


def test_what_the_operator_loaded_stands_for_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching.outgoing, "request", pytest.fail)
    url = "https://u.example/context.jsonld"
    assert documents.load_by_hand(url, {"@context": SPEED}, now=clock.now())
    for tenant_id in (CITY, 7):
        assert catalogue.resolve(url, tenant_id=tenant_id).expand("speed") == SPEED["speed"]
    row = documents.held(url, tenant_id=CITY)
    assert row is not None
    row.delete()
    catalogue.forget()
    assert catalogue.resolve(url, tenant_id=CITY).expand("speed") == SPEED["speed"]
    assert not documents.load_by_hand(url, {"@context": {"speed": "https://v.example/"}}, now=clock.now())
    catalogue.forget()
    assert catalogue.resolve(url, tenant_id=CITY).expand("speed") == "https://v.example/"


def test_a_failed_reload_keeps_the_old_copy(elsewhere: Elsewhere) -> None:
    url = elsewhere.give("/c.jsonld", {"@context": SPEED})
    catalogue.resolve(url, tenant_id=CITY)
    row = JsonLdContext.objects.get()
    for answer in ((500, b""), (200, b"nothing"), (200, b'{"@context": 7}')):
        elsewhere.answers["/c.jsonld"] = answer
        with pytest.raises(LdContextNotAvailable):
            documents.reload(row, now=clock.now())
        assert JsonLdContext.objects.get().body == {"@context": SPEED}
    elsewhere.give("/c.jsonld", {"@context": {}})
    documents.reload(row, now=clock.now())
    assert JsonLdContext.objects.get().body == {"@context": {}}


def test_the_product_context_holds_every_declared_term() -> None:
    assert product_document()["@context"] == {term: iris[0] for term, iris in declared().items()}
    assert {"OffStreetParking", "Streetlight", "powerState"} <= declared().keys()


def test_a_car_park_of_the_smart_data_models_is_ours(shared_data: Any) -> None:
    folder: Path = shared_data("smart-data-models/contexts")
    context = catalogue.resolve(json.loads((folder / "Parking.context.jsonld").read_text())["@context"], tenant_id=CITY)
    assert context.name("OffStreetParking") == "OffStreetParking"
    assert iri_of("OffStreetParking") == "https://smartdatamodels.org/dataModel.Parking/OffStreetParking"
    for term in ("availableSpotNumber", "totalSpotNumber", "name", "status"):
        assert context.attribute_name(term) == term
        assert context.term(term) == term


def test_contexts_of_the_smart_data_models_give_their_terms_back(shared_data: Any) -> None:
    files = sorted(shared_data("smart-data-models/contexts").glob("*.jsonld"))
    assert len(files) == 16
    for file in files:
        value = json.loads(file.read_text())["@context"]
        context = catalogue.resolve(value, tenant_id=CITY)
        terms = [term for term in value if not term.startswith("@") and term not in ("id", "type", "ngsi-ld")]
        for term in terms:
            assert context.term(context.name(term)) == term, (file.name, term)
            assert context.compact_value(context.expand_value(term)) == term
            if term not in core_terms():
                assert context.expand(term) != DEFAULT_VOCABULARY + term


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_fetch_a_context_once(elsewhere: Elsewhere) -> None:
    url = elsewhere.give("/c.jsonld", {"@context": SPEED})

    def use(_: int) -> str:
        try:
            return catalogue.resolve(url, tenant_id=CITY).expand("speed")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(use, range(8))) == {SPEED["speed"]}
    assert elsewhere.asked == ["/c.jsonld"]
    hits.flush()
    assert JsonLdContext.objects.get().hits == 8
