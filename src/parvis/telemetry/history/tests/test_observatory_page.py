"""The observatory in the back office and on the command line."""

import csv
import io
import json
from argparse import Namespace
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from parvis.foundations.identity.tests.factories import make_agent, sign_in
from parvis.foundations.organisations.models import Kind, Organisation
from parvis.foundations.territory.tests.factories import make_commune
from parvis.telemetry.context import states
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.tests.factories import declared, make_entity
from parvis.telemetry.history.lake.compaction import compact
from parvis.telemetry.history.observatory import views
from parvis.telemetry.history.tests.lake import NOW, day_before, observe
from parvis.telemetry.history.tests.test_observatory_answers import kind

ADDRESS = "/backoffice/history/observatory"


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """For commands; sessions of the pages have their own time."""
    from parvis.kernel import clock

    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def agent(client: Client, lake: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(views, "clock", SimpleNamespace(now=lambda: NOW))
    return sign_in(client, make_agent("history.observe"))


@pytest.fixture
def gauges(lake: Path) -> Iterator[list[Entity]]:
    with declared(kind("Gauge"), kind("Well")):
        states.entity_types.cache_clear()
        made = [make_entity(f"Thing-{number}", type=("Gauge", "Well")[number % 2]) for number in range(4)]
        for days in (5, 6, 7):
            observe(made, day_before(days), names=["level", "pulse"], value=days)
        compact(NOW)
        yield made
    states.entity_types.cache_clear()


def asked(**more: Any) -> dict[str, Any]:
    return {
        "kind": "mean",
        "attribute": "level",
        "first_day": day_before(7).isoformat(),
        "last_day": day_before(5).isoformat(),
        "step": "day",
        "groups": ["type", "commune"],
    } | more


def test_without_files_the_page_says_so(agent: Client):
    page = agent.get(ADDRESS)
    assert page.status_code == 200
    assert "Aucun historique archivé" in page.content.decode()


def test_the_form_offers_nothing_personal(agent: Client, gauges: list[Entity]):
    page = agent.get(ADDRESS).content.decode()
    assert "Niveau (Gauge, Well)" in page
    assert "pulse" not in page
    refused = agent.get(ADDRESS, asked(attribute="pulse"))
    assert refused.status_code == 400
    assert "Réponse" not in refused.content.decode()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({}, ["Moyenne", "Gauge", "hors territoire", "17 nov", "6 lignes"]),
        ({"step": "hour"}, ["142 lignes"]),
        ({"step": "hour-of-day", "groups": []}, ["24 lignes", "13 h à 14 h"]),
        ({"step": "month", "groups": []}, ["1 ligne", "novembre 2026"]),
        ({"kind": "percentiles", "step": "whole", "groups": []}, ["Médiane", "95 %"]),
        ({"kind": "above", "threshold": "6,5", "groups": ["type"]}, ["Part du temps", "100,0 %"]),
        (
            {
                "kind": "compare",
                "step": "whole",
                "last_day": day_before(7).isoformat(),
                "other_day": day_before(5).isoformat(),
            },
            ["Écart", "Évolution", "Moyenne de l’autre période"],
        ),
    ],
)
def test_questions_are_answered(agent: Client, gauges: list[Entity], question: dict[str, Any], expected: list[str]):
    page = agent.get(ADDRESS, asked(**question))
    text = page.content.decode()
    assert page.status_code == 200
    assert "Tout est compté jusqu’au" in text
    for words in expected:
        assert words in text, words


def test_an_unanswerable_question_is_explained(agent: Client, gauges: list[Entity]):
    for question, words in (
        ({"kind": "above"}, "Un seuil est nécessaire."),
        ({"kind": "compare", "step": "whole"}, "Une seconde période est nécessaire."),
        ({"last_day": "2020-01-01"}, "La période finit avant de commencer."),
    ):
        page = agent.get(ADDRESS, asked(**question))
        assert page.status_code == 400
        assert words in page.content.decode()


def test_the_whole_answer_is_a_file(agent: Client, gauges: list[Entity]):
    answer = agent.get(ADDRESS, asked(format="csv"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 6
    assert rows[0].keys() == {"at", "type", "commune", "mean", "low", "high", "observations"}
    assert rows[0]["at"] == day_before(7).isoformat()


@pytest.mark.django_db
def test_it_is_for_those_who_may_observe(client: Client):
    assert client.get(ADDRESS).status_code in (302, 403)
    sign_in(client, make_agent("context.view"))
    assert client.get(ADDRESS).status_code == 403


def test_an_agent_of_some_communes_asks_about_these(
    client: Client, gauges: list[Entity], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "clock", SimpleNamespace(now=lambda: NOW))
    here, there = make_commune(code="99001", name="Ici"), make_commune(code="99002", name="Ailleurs", rank=1)
    for number, thing in enumerate(gauges):
        Entity.objects.filter(pk=thing.pk).update(area_code=(here.code, there.code)[number % 2])
        observe([thing], day_before(8), names=["level"], value=number)
    compact(NOW)
    question = asked(first_day=day_before(8).isoformat(), last_day=day_before(8).isoformat(), groups=["commune"])
    town = Organisation.objects.create(kind=Kind.COMMUNE, name="Ici", short_name="Ici", slug="ici", area=here)
    mayor = sign_in(client, make_agent("history.observe", organisation=town, area=here))
    page = mayor.get(ADDRESS).content.decode()
    assert "toutes celles de votre périmètre" in page
    assert "Ailleurs" not in page
    answer = mayor.get(ADDRESS, question | {"format": "csv"})
    assert [row["commune"] for row in csv.DictReader(io.StringIO(answer.content.decode()))] == [here.code]
    assert mayor.get(ADDRESS, question | {"commune": there.code}).status_code == 400
    everybody = sign_in(Client(), make_agent("history.observe"))
    answer = everybody.get(ADDRESS, question | {"format": "csv"})
    codes = [row["commune"] for row in csv.DictReader(io.StringIO(answer.content.decode()))]
    assert codes == [here.code, there.code]


def options(**more: Any) -> Namespace:
    return Namespace(
        **{
            "kind": "mean",
            "attribute": "level",
            "type": "",
            "commune": "",
            "first_day": day_before(7),
            "last_day": day_before(5),
            "step": "day",
            "by": "type",
            "format": "table",
        }
        | more
    )


def test_the_command_answers_as_table_csv_and_json(
    noon: None, gauges: list[Entity], capsys: pytest.CaptureFixture[str]
):
    from parvis.project.cli.observatory import run

    assert run(options()) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[0].split() == ["at", "type", "mean", "low", "high", "observations"]
    assert len(told.out.splitlines()) == 7
    assert f"until {day_before(4)}" in told.err
    run(options(format="csv"))
    assert len(capsys.readouterr().out.splitlines()) == 7
    run(options(format="json", kind="compare", step="whole", last_day=day_before(7), other=date(2026, 11, 16)))
    document = json.loads(capsys.readouterr().out)
    assert document["until"] == day_before(4).isoformat()
    assert document["rows"][0].keys() == {
        "type", "mean", "other_mean", "observations", "other_observations", "difference", "change"
    }  # fmt: skip


def test_the_lake_commands_tell_what_there_is(
    noon: None, gauges: list[Entity], lake: Path, capsys: pytest.CaptureFixture[str]
):
    from parvis.project.cli import lake as command
    from parvis.telemetry.history.lake.models import LakeFile

    assert command.run_status(Namespace()) == 0
    assert "576 rows" in capsys.readouterr().out
    assert command.run_verify(Namespace()) == 0
    assert command.run_compact(Namespace(all=True)) == 0
    first = LakeFile.objects.active().first()
    assert first is not None
    (lake / first.path).unlink()
    assert command.run_verify(Namespace()) == 1
    assert "is missing" in capsys.readouterr().err
