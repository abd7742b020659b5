"""Writing the rules: trying one on yesterday, who may, what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, make_resident, sign_in
from parvis.kernel import clock
from parvis.kernel.contributions import AttributeSpec, EntityType, ThingState
from parvis.kernel.testing import assert_num_queries
from parvis.telemetry.context.states import entity_types
from parvis.telemetry.context.tests.factories import declared
from parvis.telemetry.context.values import Reading
from parvis.telemetry.history.services import record_readings
from parvis.telemetry.supervision.models import Rule
from parvis.telemetry.supervision.preview import preview
from parvis.telemetry.supervision.rules.conditions import Condition, Operator
from parvis.telemetry.supervision.tests.factories import TYPE, make_organisation, make_rule, make_thing

pytestmark = pytest.mark.django_db

LIST = "/backoffice/supervision/"
NEW = f"{LIST}new"

FIELDS = {
    "name": "Crue",
    "measure": f"{TYPE}.level",
    "operator": "gt",
    "threshold": "2,5",
    "deadband": "0,2",
    "on_delay_s": "0",
    "off_delay_s": "0",
    "priority": "high",
    "needs_acknowledgement": "on",
    "title": "{thing} : {value} {unit}",
    "meaning": "La rivière monte.",
    "operator_action": "Prévenir.",
    "consequence": "Le quai est inondé.",
    "response_minutes": "30",
    "subject": "water",
}


@pytest.fixture(autouse=True)
def a_type() -> Any:
    kind = EntityType(
        name=TYPE,
        label="Échelle",
        plural="Échelles de crue",
        icon="waves",
        colour="#000000",
        attributes=(AttributeSpec(name="level", label="Niveau", unit_code="MTR"),),
        state=lambda attributes: ThingState.OK,
    )
    entity_types.cache_clear()
    with declared(kind):
        yield
    entity_types.cache_clear()


@pytest.fixture
def office(client: Client) -> Client:
    return sign_in(client, make_agent("supervision.manage_rules"))


def test_a_rule_is_written_and_watches(office: Client) -> None:
    answer = office.post(NEW, FIELDS, follow=True)
    rule = Rule.objects.get()
    assert (rule.threshold, rule.deadband, rule.entity_type, rule.attribute, rule.enabled) == (
        2.5,
        0.2,
        TYPE,
        "level",
        True,
    )
    body = answer.content.decode()
    assert "Règle créée" in body
    assert "Niveau &gt; 2,5" in body


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold": "beaucoup"}, "Cette comparaison demande un nombre."),
        ({"threshold": "inf"}, "Écrivez un nombre fini."),
        ({"threshold": "nan"}, "Écrivez un nombre fini."),
        ({"title": "{thing.__class__}"}, "Entre accolades"),
        ({"measure": "Rien.rien"}, "Sélectionnez un choix valide"),
        ({"deadband": "-1"}, "supérieure ou égale à 0"),
        ({"response_minutes": "0"}, "supérieure ou égale à 1"),
        ({"operator_action": ""}, "Ce champ est obligatoire"),
    ],
)
def test_what_makes_no_rule_is_refused_in_words(office: Client, change: dict[str, str], message: str) -> None:
    answer = office.post(NEW, FIELDS | change)
    assert message in answer.content.decode()
    assert not Rule.objects.exists()


@pytest.mark.parametrize(("said", "kept"), [("oui", True), ("Non", False), ("en panne", "en panne"), ("3", 3.0)])
def test_equality_takes_words_and_yes_and_no(office: Client, said: str, kept: object) -> None:
    office.post(NEW, FIELDS | {"operator": "eq", "threshold": said})
    assert Rule.objects.get().threshold == kept


def test_trying_tells_how_many_alarms_yesterday_would_have_had_and_writes_nothing(office: Client) -> None:
    thing, now = make_thing(), clock.now()
    readings = [
        Reading(entity_id=thing.pk, attribute="level", value=value, observed_at=now - timedelta(hours=hours))
        for hours, value in ((23, 3.0), (22, 1.0), (10, 3.1), (9, 3.2), (8, 1.0))
    ]
    record_readings(readings, now=now)
    body = office.post(NEW, FIELDS | {"preview": ""}).content.decode()
    assert "Cette règle aurait levé 2 alarmes ces dernières 24 heures." in body
    assert "Mesures rejouées : 5. Équipements examinés : 1, dont 1 en alarme." in body
    assert not Rule.objects.exists()


def test_preview_reads_booleans_and_words_as_the_rule_will(office: Client) -> None:
    thing, now = make_thing(), clock.now()
    readings = [
        Reading(entity_id=thing.pk, attribute=name, value=value, observed_at=now - timedelta(hours=hours))
        for hours, name, value in ((3, "door", False), (2, "door", True), (3, "mode", "ok"), (2, "mode", "fault"))
    ]
    record_readings(readings, now=now)
    for attribute, operator, threshold in (("door", "eq", True), ("mode", "ne", "ok")):
        condition = Condition(operator=Operator(operator), threshold=threshold)
        found = preview(entity_type=TYPE, attribute=attribute, organisation_id=None, condition=condition, now=now)
        assert (found.alarms, found.readings, found.whole) == (1, 2, True)


def test_editing_shows_what_is_and_saves(office: Client) -> None:
    rule = make_rule(threshold=4)
    body = office.get(f"{LIST}{rule.pk}").content.decode()
    assert 'value="4"' in body
    office.post(f"{LIST}{rule.pk}", FIELDS)
    rule.refresh_from_db()
    assert (rule.name, rule.threshold) == ("Crue", 2.5)


def test_switching_off_and_on(office: Client) -> None:
    rule = make_rule()
    for said, expected in (("no", False), ("yes", True)):
        office.post(f"{LIST}{rule.pk}/switch", {"enabled": said})
        rule.refresh_from_db()
        assert rule.enabled is expected


def test_who_manages_one_organisation_writes_rules_for_it_alone(client: Client) -> None:
    mine, other = make_organisation(), make_organisation()
    sign_in(client, make_agent("supervision.manage_rules", organisation=mine))
    ours, theirs, everybodys = make_rule(organisation=mine), make_rule(organisation=other), make_rule()
    body = client.get(LIST).content.decode()
    assert ours.name in body
    assert theirs.name not in body
    assert f"{everybodys.name} <span" in body  # read, not managed
    assert f"{LIST}{everybodys.pk}" not in body
    assert client.get(f"{LIST}{everybodys.pk}").status_code == 404
    assert client.get(f"{LIST}{theirs.pk}").status_code == 404
    assert client.post(f"{LIST}{everybodys.pk}/switch", {"enabled": "no"}).status_code == 404
    client.post(NEW, FIELDS | {"name": "Sans organisation"})
    client.post(NEW, FIELDS | {"name": "Chez les autres", "organisation": other.pk})
    client.post(NEW, FIELDS | {"name": "Chez nous", "organisation": mine.pk})
    assert set(Rule.objects.exclude(pk__in=[ours.pk, theirs.pk, everybodys.pk]).values_list("name", flat=True)) == {
        "Chez nous"
    }


@pytest.mark.parametrize("path", ["", "new", "1"])
def test_without_the_right(client: Client, path: str) -> None:
    assert client.get(LIST + path).status_code == 302
    assert sign_in(client, make_resident()).get(LIST + path).status_code == 403
    assert sign_in(client, make_agent("supervision.view")).get(LIST + path).status_code == 403


def test_the_list_costs_the_same_whatever_its_length(office: Client) -> None:
    make_rule()
    office.get(LIST)
    with assert_num_queries(7):  # organisation, session, account, rights, count, page, open alarms
        office.get(LIST)
    for _ in range(10):
        make_rule()
    with assert_num_queries(7):
        office.get(LIST)
