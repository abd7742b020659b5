"""How long measures are kept, as set on the screen of the back office."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from parvis.foundations.audit.models import Entry
from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.kernel.testing import assert_num_queries
from parvis.telemetry.context import states
from parvis.telemetry.context.tests.factories import declared
from parvis.telemetry.history.lake.models import KeepRule
from parvis.telemetry.history.tests.test_observatory_answers import kind

pytestmark = pytest.mark.django_db

LIST = "/backoffice/history/terms"
NEW = f"{LIST}/new"


@pytest.fixture(autouse=True)
def _types() -> Iterator[None]:
    with declared(kind("Gauge")):
        states.entity_types.cache_clear()
        yield
    states.entity_types.cache_clear()


@pytest.fixture
def agent(client: Client) -> Client:
    return sign_in(client, make_agent("history.retain"))


def rules() -> list[tuple[str, str, int]]:
    return list(KeepRule.objects.values_list("entity_type", "attribute", "keep_days"))


def test_a_term_is_set_changed_and_removed_and_the_journal_knows(agent: Client) -> None:
    page = agent.get(LIST).content.decode()
    assert "Les mesures sont gardées 400 jours" in page
    assert "Aucune durée particulière" in page
    form = agent.get(NEW).content.decode()
    assert "Gauge" in form and "Niveau" in form
    told = agent.post(NEW, {"entity_type": "Gauge", "attribute": "level", "keep_days": "30"})
    assert (told.status_code, told["Location"]) == (302, LIST)
    assert rules() == [("Gauge", "level", 30)]
    assert "Niveau des gauge" in agent.get(LIST).content.decode()
    (rule,) = KeepRule.objects.all()
    changing = reverse("backoffice:history:change_term", args=[rule.pk])
    assert 'value="30"' in agent.get(changing).content.decode()
    agent.post(changing, {"keep_days": "60"})
    assert rules() == [("Gauge", "level", 60)]
    removing = reverse("backoffice:history:remove_term", args=[rule.pk])
    assert "gardées comme le reste : 400 jours" in agent.get(removing).content.decode()
    assert rules()  # looking removes nothing
    agent.post(removing)
    assert rules() == []
    entries = Entry.objects.filter(action="history.term_set").order_by("pk")
    assert [(one.right, json.loads(one.details)["keep_days"]) for one in entries] == [
        ("history.retain", 30), ("history.retain", 60), ("history.retain", None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"keep_days": "30"}, "Choisissez un type, une mesure, ou les deux"),
        ({"attribute": "level", "keep_days": "0"}, "supérieure ou égale à 1"),
        ({"attribute": "level", "keep_days": "99999"}, "inférieure ou égale à 36500"),
        ({"attribute": "level", "keep_days": ""}, "obligatoire"),
        ({"entity_type": "Nowhere", "keep_days": "3"}, "Sélectionnez un choix valide"),
        ({"attribute": "pulse", "keep_days": "3"}, "Une durée est déjà fixée"),
    ],
)
def test_what_cannot_be_set_is_explained(agent: Client, given: dict[str, str], why: str) -> None:
    KeepRule.objects.create(attribute="pulse", keep_days=2)
    page = agent.post(NEW, given)
    assert page.status_code == 422
    assert why in page.content.decode()
    assert rules() == [("", "pulse", 2)]


def test_rules_are_told_in_words(agent: Client) -> None:
    KeepRule.objects.create(entity_type="Gauge", keep_days=3)
    KeepRule.objects.create(attribute="level", keep_days=4)
    KeepRule.objects.create(attribute="https://x.example/batteryLevel", keep_days=5)
    page = agent.get(LIST).content.decode()
    for words in ("toutes les mesures des gauge", "Niveau, de tous les objets", "Battery level, de tous les objets"):
        assert words in page, words


def test_the_list_takes_as_many_queries_for_many(agent: Client) -> None:
    agent.get(LIST)
    KeepRule.objects.create(attribute="a0", keep_days=1)
    with assert_num_queries(QUERIES):
        agent.get(LIST)
    KeepRule.objects.bulk_create(KeepRule(attribute=f"a{number}", keep_days=1) for number in range(1, 40))
    with assert_num_queries(QUERIES):
        assert agent.get(LIST).content.decode().count(", de tous les objets</th>") == 40


QUERIES = 7


def test_it_is_for_those_who_may_and_changed_by_those_of_the_whole_platform(client: Client) -> None:
    rule = KeepRule.objects.create(attribute="level", keep_days=4)
    sign_in(client, make_agent("history.observe"))
    assert client.get(LIST).status_code == 403
    service = Organisation.objects.create(kind=Kind.SERVICE, name="Eau", short_name="Eau", slug="eau")
    limited = sign_in(Client(), make_agent("history.retain", organisation=service))
    assert "Modifier" not in limited.get(LIST).content.decode()
    for where in (NEW, f"{LIST}/{rule.pk}", f"{LIST}/{rule.pk}/removal"):
        assert limited.get(where).status_code == 403
        assert limited.post(where, {"attribute": "pulse", "keep_days": "1"}).status_code == 403
    assert rules() == [("", "level", 4)]
