"""Sources, @contexts, types and the overview in the console."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from parvis.kernel.testing import assert_num_queries
from parvis.telemetry.context.jsonld import documents
from parvis.telemetry.context.jsonld.documents import OPERATOR
from parvis.telemetry.context.models import ContextKind, JsonLdContext, Registration
from parvis.telemetry.context.tests.consoling import (
    BROKER,
    administrator,
    give_up,
    journal,
    looker,
    make_organisation,
    make_source,
    make_subscription,
)
from parvis.telemetry.context.tests.factories import NOW, make_entity

pytestmark = pytest.mark.django_db

URL = "https://example.org/context.jsonld"


def page(name: str, *args: object) -> str:
    return reverse(f"backoffice:context:{name}", args=args)


def upload(document: object) -> SimpleUploadedFile:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return SimpleUploadedFile("context.jsonld", content, content_type="application/ld+json")


def make_context(**more: object) -> JsonLdContext:
    fields = {
        "local_id": "1",
        "kind": ContextKind.CACHED,
        "url": URL,
        "body": {"@context": {"a": "https://a.example/a"}},
    }
    return JsonLdContext.objects.create(**fields | {"created_at": NOW} | more)


# Sources


def test_sources_tell_what_they_hold_and_how_they_answer():
    source = make_source(times_sent=5, times_failed=2, last_failure=NOW)
    html = looker().get(page("sources")).content.decode()
    for words in ("Voisin", "Test lamp", "à défaut des nôtres", "en échec", "dont 2 échecs"):
        assert words in html
    html = looker().get(page("source", source.pk)).content.decode()
    assert "https://example.org" in html
    assert "application/json" in html
    assert "secret" not in html


@pytest.mark.parametrize("expires_at", [None, NOW - timedelta(days=400)])
def test_a_source_is_forgotten_after_a_question(expires_at):
    agent, source = administrator(), make_source(expires_at=expires_at)
    assert "Oublier cette source ?" in agent.get(page("delete_source", source.pk)).content.decode()
    agent.post(page("delete_source", source.pk))
    assert not Registration.objects.exists()
    assert journal() == [("source.deleted", source.urn)]


# Contexts


def test_a_context_is_loaded_by_hand_and_taken_back():
    agent = administrator()
    make_context()
    answer = agent.post(
        page("load_context"), {"url": URL, "document": upload({"@context": {"b": "https://b.example/b"}})}
    )
    assert answer.status_code == 302
    row = JsonLdContext.objects.get()
    assert (row.tenant_id, row.body) == (OPERATOR, {"@context": {"b": "https://b.example/b"}})
    assert documents.source(URL) == row.body
    assert agent.post(page("reload_context", row.pk)).status_code == 404  # it has no source but the agent
    assert "Supprimer ce contexte ?" in agent.get(page("delete_context", row.pk)).content.decode()
    agent.post(page("delete_context", row.pk))
    assert not JsonLdContext.objects.exists()
    assert journal() == [("jsonld_context.loaded", URL), ("jsonld_context.deleted", URL)]


@pytest.mark.parametrize(
    ("url", "document", "field"),
    [
        (URL, b"{", "document"),
        (URL, [1], "document"),
        (URL, {"a": "b"}, "document"),
        (URL, {"@context": 12}, "document"),
        (URL, {"@context": {"a": "\0"}}, "document"),
        (URL, b"x" * (1 << 20) + b"x", "document"),
        ("ftp://example.org/c", {"@context": {}}, "url"),
        ("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld", {"@context": {}}, "url"),
        ("", {"@context": {}}, "url"),
    ],
)
def test_what_is_no_context_is_refused_beside_its_field(url, document, field):
    answer = administrator().post(page("load_context"), {"url": url, "document": upload(document)})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not JsonLdContext.objects.exists()


def test_contexts_are_listed_by_origin_with_their_uses():
    make_context(hits=7, used_at=NOW)
    make_context(local_id="2", url="", kind=ContextKind.HOSTED)
    make_context(local_id=f"{URL}2", url=f"{URL}2", tenant_id=OPERATOR)
    agent = looker()
    assert len(agent.get(page("contexts")).context["rows"]) == 3
    for kind, number in (("Cached", 1), ("Hosted", 1), ("by-hand", 1), ("ImplicitlyCreated", 0), ("nonsense", 3)):
        assert len(agent.get(page("contexts"), {"kind": kind}).context["rows"]) == number


def test_the_page_of_a_context_shows_its_document_and_who_names_it():
    row = make_context()
    make_subscription(context=URL)
    answer = looker().get(page("context", row.pk))
    assert "https://a.example/a" in answer.content.decode()
    assert answer.context["users"] == {"subscriptions": 1, "registrations": 0}


@pytest.mark.parametrize(("name", "status"), [("core", 200), ("parvis", 200), ("other", 404)])
def test_what_comes_with_the_product_is_shown(name, status):
    assert looker().get(page("bundled_context", name)).status_code == status


def test_a_context_that_cannot_be_had_again_stays():
    row = make_context(url="http://127.0.0.1:9/context.jsonld")
    answer = administrator().post(page("reload_context", row.pk), follow=True)
    assert "l’ancien reste" in answer.content.decode()
    assert JsonLdContext.objects.get().body == row.body
    assert journal() == []


@pytest.mark.parametrize("name", ["sources", "contexts"])
def test_what_is_nobodys_is_for_who_sees_the_whole_platform(name):
    mine = make_organisation("Mienne")
    agent = administrator(organisation=mine)
    source, row = make_source(), make_context()
    assert agent.get(page(name)).status_code == 403
    assert page(name) not in agent.get(f"{BROKER}/").content.decode()
    assert agent.get(page("source", source.pk)).status_code == 403
    assert agent.get(page("context", row.pk)).status_code == 403
    assert agent.post(page("delete_source", source.pk)).status_code == 403
    assert agent.post(page("delete_context", row.pk)).status_code == 403
    assert agent.get(page("load_context")).status_code == 403


@pytest.mark.parametrize(("name", "queries"), [("sources", 7), ("contexts", 7)])
def test_the_number_of_queries_does_not_grow_with_the_list(name, queries):
    agent = looker()
    for number in range(30):
        make_source(f"urn:x:{number}")
        make_context(local_id=str(number), url=f"{URL}{number}")
    agent.get(page(name))
    with assert_num_queries(queries):
        assert len(agent.get(page(name)).context["rows"]) == 25


# Types


def test_types_are_counted_and_described():
    make_entity(type="TestLamp", level=1, name="Une")
    make_entity(type="TestLamp", level=2)
    [row] = list(looker().get(page("types")).context["page"])
    assert (row["name"], row["n"], row["iri"]) == (
        "TestLamp",
        2,
        "https://uri.etsi.org/ngsi-ld/default-context/TestLamp",
    )
    answer = looker().get(page("type", "TestLamp"))
    assert {one["name"]: (one["n"], one["kinds"]) for one in answer.context["attributes"]} == {
        "level": (2, ["Property"]),
        "name": (1, ["Property"]),
    }
    assert json.loads(answer.context["example"])["type"] == "TestLamp"
    assert looker().get(page("type", "Nothing")).status_code == 404


def test_types_are_those_of_the_agents_things():
    mine = make_organisation("Mienne")
    make_entity(type="TestLamp", organisation_id=mine.pk, level=1)
    make_entity(type="TestLamp", colour="vert")
    make_entity(type="TestBin")
    agent = looker(organisation=mine)
    assert [(row["name"], row["n"]) for row in agent.get(page("types")).context["page"]] == [("TestLamp", 1)]
    assert [one["name"] for one in agent.get(page("type", "TestLamp")).context["attributes"]] == ["level"]
    assert agent.get(page("type", "TestBin")).status_code == 404


# Overview


def test_the_overview_counts_and_warns():
    make_entity(type="TestLamp")
    subscription = make_subscription(last_failure=NOW)
    give_up(subscription)
    make_source(last_failure=NOW)
    answer = looker().get(f"{BROKER}/")
    assert [(figure.label, figure.count) for figure in answer.context["figures"]] == [
        ("type", 1),
        ("objet", 1),
        ("abonnement", 1),
        ("source de contexte", 1),
        ("contexte JSON-LD", 0),
    ]
    assert [figure.label for figure in answer.context["troubles"]] == [
        "abonnement en échec",
        "envoi abandonné",
        "source en échec",
    ]


def test_when_nothing_fails_the_overview_says_so():
    assert "tout va bien" in looker().get(f"{BROKER}/").content.decode()
