"""Questions over the files, against the same questions answered by hand; equal on DuckDB and on a Spark Connect server."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conftest import absent
from parvis.kernel.contributions import AttributeSpec, EntityType, ThingState
from parvis.telemetry.context import states
from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.tests.factories import declared, make_entity
from parvis.telemetry.history.lake.compaction import compact
from parvis.telemetry.history.lake.forgetting import forget
from parvis.telemetry.history.observatory import engines
from parvis.telemetry.history.observatory.answering import answer
from parvis.telemetry.history.observatory.catalogue import choices
from parvis.telemetry.history.observatory.engines import DuckDB, Engine, EngineMissing, Spark
from parvis.telemetry.history.observatory.localtime import offsets
from parvis.telemetry.history.observatory.questions import Group, Kind, Period, Question, QuestionRefused, Step
from parvis.telemetry.history.tests.lake import NOW, attribute, day_before, observe, whole_past

PARIS = ZoneInfo("Europe/Paris")
BOTH = (Group.TYPE, Group.COMMUNE)


def kind(name: str) -> EntityType:
    return EntityType(
        name=name,
        label=name,
        plural=name,
        icon="x",
        colour="#000000",
        state=lambda attributes: ThingState.OK,
        attributes=(
            AttributeSpec(name="level", label="Niveau", unit_code="P1"),
            AttributeSpec(name="pulse", label="Pouls", personal=True),
        ),
    )


@pytest.fixture(autouse=True)
def two_types() -> Iterator[None]:
    with declared(kind("Gauge"), kind("Well")):
        states.entity_types.cache_clear()
        yield
    states.entity_types.cache_clear()


@pytest.fixture
def city(lake: Path) -> list[Entity]:
    """Days around the end of summer time (25 October 2026, 01:00 UTC), and recent ones; in the files but for the last three."""
    made = [make_entity(f"Thing-{number}", type=("Gauge", "Well")[number % 2]) for number in range(6)]
    for number, thing in enumerate(made):
        Entity.objects.filter(pk=thing.pk).update(area_code=("21231", "21617")[number // 2 % 2])
    for days in (1, 5, 27, 28, 29, 30):
        observe(made, day_before(days), names=["level", "pulse"], value=days / 4, per_day=48)
    Entity.objects.filter(pk=made[5].pk).update(tenant_id=7)
    compact(NOW)
    return made


@pytest.fixture(scope="module")
def sail() -> Iterator[Engine]:
    """A real Spark Connect server, in a process of its own."""
    try:
        import pysail  # noqa: F401
    except ImportError:
        absent("Sail")
    from parvis.telemetry.history.tests.sail import served

    with served() as url:
        yield Spark(url)
        engines.forget_sessions()


def period(first: int, last: int) -> Period:
    return Period(first_day=day_before(first), last_day=day_before(last))


QUESTIONS = [
    Question(kind=Kind.MEAN, attribute="level", period=period(30, 5), step=Step.HOUR, groups=BOTH),
    Question(kind=Kind.MEAN, attribute="level", period=period(30, 5), step=Step.DAY, groups=(Group.TYPE,)),
    Question(kind=Kind.MEAN, attribute="level", period=period(40, 5), step=Step.MONTH, commune="21617"),
    Question(kind=Kind.MEAN, attribute="level", period=period(30, 5), step=Step.HOUR_OF_DAY, entity_type="Well"),
    Question(kind=Kind.PERCENTILES, attribute="level", period=period(30, 5), step=Step.DAY, groups=BOTH),
    Question(kind=Kind.PERCENTILES, attribute="level", period=period(30, 27)),
    Question(kind=Kind.ABOVE, attribute="level", period=period(30, 27), threshold=7.4, groups=(Group.COMMUNE,)),
    Question(kind=Kind.ABOVE, attribute="level", period=period(30, 27), threshold=7.0, step=Step.HOUR_OF_DAY),
    Question(kind=Kind.COMPARE, attribute="level", period=period(28, 27), other=period(30, 29), groups=BOTH),
    Question(kind=Kind.COMPARE, attribute="level", period=period(28, 27), other=period(5, 5), step=Step.HOUR_OF_DAY),
]


@pytest.mark.slow
def test_both_engines_give_the_same_answers(city: list[Entity], sail: Engine):
    forget(entity_id=city[0].pk, attribute_ids=[attribute("level")], now=NOW + timedelta(days=1))
    for question in QUESTIONS:
        here, there = answer(question, now=NOW, by=DuckDB()), answer(question, now=NOW, by=sail)
        assert here.rows, question
        assert here.columns == there.columns
        assert there.rows == [tuple(map(pytest.approx, row)) for row in here.rows], question


def known(city: list[Entity], question: Question) -> dict[Any, list[tuple[datetime, float]]]:
    """The values of the question in groups, from the rows themselves."""
    types = {thing.pk: thing.type for thing in city}
    found = defaultdict(list)
    for (entity, attribute_id, at), row in sorted(whole_past(city).items()):
        local = at.astimezone(PARIS)
        asked = attribute_id == attribute("level") and entity != city[5].pk
        if asked and question.period.first_day <= local.date() <= question.period.last_day:
            found[local.date(), types[entity]].append((at, row[2]))
    return found


def test_means_by_day_and_type_are_those_of_the_rows(city: list[Entity]):
    question = QUESTIONS[1]
    expected = known(city, question)
    found = answer(question, now=NOW)
    assert found.columns == ("at", "type", "mean", "low", "high", "observations")
    days = {(datetime.fromtimestamp(row[0] / 1e6, UTC).date(), row[1]): row[2:] for row in found.rows}
    assert days.keys() == expected.keys()
    for key, values in expected.items():
        numbers = [value for _at, value in values]
        assert days[key] == pytest.approx((sum(numbers) / len(numbers), min(numbers), max(numbers), len(numbers)))


def test_a_day_of_the_city_is_as_long_as_its_clock_says(city: list[Entity]):
    """On 25 October the hour from 2 to 3 comes twice."""
    autumn = date(2026, 10, 25)
    by_hour = answer(
        Question(
            kind=Kind.MEAN,
            attribute="level",
            period=Period(first_day=autumn, last_day=autumn),
            step=Step.HOUR_OF_DAY,
            entity_type="Gauge",
        ),
        now=NOW,
    )
    counted = {row[0]: row[-1] for row in by_hour.rows}
    assert counted == {hour: 6 * (2 if hour == 2 else 1) for hour in range(24)}
    assert offsets(autumn, autumn, PARIS)[0] == (
        int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp() * 1e6),
        7200 * 10**6,
    )


def test_the_share_of_time_above_weighs_each_value_by_how_long_it_held(lake: Path):
    thing = make_entity("Gauge-1", type="Gauge")
    from django.db import connection

    from parvis.telemetry.history.partitions import make_partitions
    from parvis.telemetry.history.tests.lake import shape

    day = day_before(5)
    make_partitions([day])
    start = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    with connection.cursor() as cursor:
        for minutes, value in ((0, 5), (10, 50), (40, 5), (60, 50)):  # the last one holds two hours at most
            cursor.execute(
                "INSERT INTO history_observation VALUES (%s, %s, %s, %s, NULL, %s, %s)".replace(
                    "VALUES", "(entity_id, observed_at, value, attribute_id, document, shape_id, written_at) VALUES"
                ),
                [thing.pk, start + timedelta(minutes=minutes), value, attribute("level"), shape(), NOW],
            )
    compact(NOW)
    question = Question(
        kind=Kind.ABOVE,
        attribute="level",
        period=Period(first_day=day, last_day=day),
        threshold=20,
        entity_type="Gauge",
    )
    [(observations, share, hours)] = answer(question, now=NOW).rows
    assert observations == 4
    assert share == pytest.approx((30 + 120) / (60 + 120))
    assert hours == pytest.approx(2.5)


def test_what_tells_of_a_person_or_is_not_declared_cannot_be_asked(city: list[Entity]):
    assert [(one.attribute, [name for name, _label in one.types]) for one in choices()] == [
        ("level", ["Gauge", "Well"])
    ]
    for name, entity_type in (("pulse", ""), ("state", ""), ("level", "TestThing"), ("level'; DROP TABLE x", "")):
        question = Question(kind=Kind.MEAN, attribute=name, period=period(30, 5), entity_type=entity_type)
        with pytest.raises(QuestionRefused):
            answer(question, now=NOW)


def test_the_answer_says_until_which_day_it_holds(city: list[Entity]):
    found = answer(QUESTIONS[0], now=NOW)
    assert (found.until, found.late) == (day_before(4), 0)
    observe(city, day_before(5), per_day=7)  # late
    assert answer(QUESTIONS[0], now=NOW).late == 1
    observe(city, day_before(12))  # a day that no file holds yet
    assert answer(QUESTIONS[0], now=NOW).until == day_before(13)


def test_without_files_there_is_no_answer_and_no_error(lake: Path):
    found = answer(QUESTIONS[0], now=NOW)
    assert (found.rows, found.until, found.files) == ([], None, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": period(5, 30)},
        {"period": Period(first_day=date(2000, 1, 1), last_day=date(2026, 1, 1))},
        {"kind": Kind.ABOVE},
        {"kind": Kind.COMPARE},
        {"kind": Kind.COMPARE, "other": period(8, 7), "step": Step.DAY},
        {"period": period(500, 5), "step": Step.HOUR},
    ],
)
@pytest.mark.django_db
def test_a_question_without_sense_is_refused(wrong: dict[str, Any]):
    with pytest.raises(QuestionRefused):
        answer(Question(**{"kind": Kind.MEAN, "attribute": "level", "period": period(30, 5)} | wrong), now=NOW)


def test_a_configured_engine_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(EngineMissing):
        Spark("sc://nowhere:1").answer(["x"], lambda table: None)


def test_nothing_heavy_is_loaded_without_spark():
    """The default installation has neither pandas nor pyarrow."""
    import subprocess
    import sys

    script = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('pandas', 'pyarrow', 'pyspark', 'pysail'):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import ibis
from ibis.backends.sql.compilers import DuckDBCompiler
from ibis.backends.sql.compilers import PySparkCompiler
table = ibis.table({'a': 'int64', 'b': 'float64'}, name='t')
assert 'AVG' in DuckDBCompiler().to_sqlglot(table.group_by('a').agg(m=table.b.mean())).sql(dialect='duckdb')
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
