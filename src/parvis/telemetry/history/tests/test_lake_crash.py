"""Killed at any instant, the compaction leaves every observation in exactly one place, and the next one goes on."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.db import connection

from parvis.telemetry.context.models import Entity
from parvis.telemetry.context.tests.factories import make_entity
from parvis.telemetry.history.lake.compaction import AnotherWriter, compact
from parvis.telemetry.history.lake.models import LakeFile
from parvis.telemetry.history.lake.rewriting import Step
from parvis.telemetry.history.lake.verification import faults
from parvis.telemetry.history.tests.lake import (
    NOW,
    Past,
    day_before,
    lines_of_lake,
    observe,
    rows_in_postgresql,
    whole_past,
)

pytestmark = pytest.mark.slow

SERVER = """
import os, signal, sys, time
import django
django.setup()
from datetime import datetime
from parvis.telemetry.history.lake.compaction import compact

def run(kill_at):
    steps = 0
    def watch(step):
        nonlocal steps
        steps += 1
        if steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
    compact(datetime.fromisoformat(sys.argv[1]), watch=watch)

print("ready", flush=True)
for line in sys.stdin:
    kill_at, after_s = line.split()
    if not (process := os.fork()):
        try:
            run(int(kill_at))
        except BaseException as error:
            print(error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    if float(after_s):
        time.sleep(float(after_s))
        os.kill(process, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""


class Compactions:
    """Compactions of the lake of this test, each in a process that can be killed."""

    def __init__(self, lake: Path) -> None:
        of_test = connection.settings_dict
        url = f"postgresql://{of_test['USER']}@/{of_test['NAME']}?host={of_test['HOST']}&port={of_test['PORT']}"
        environment = os.environ | {
            "PARVIS_DATABASE_URL": url,
            "PARVIS_LAKE_PATH": str(lake),
            "DJANGO_SETTINGS_MODULE": "parvis.project.settings",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        self._server = subprocess.Popen(
            [sys.executable, "-c", SERVER, NOW.isoformat()],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def run(self, *, kill_at: int = 0, after_s: float = 0.0) -> int:
        """Killed at this step, counted from one, or after this time; answers the exit code."""
        assert self._server.stdin is not None
        self._server.stdin.write(f"{kill_at} {after_s}\n")
        self._server.stdin.flush()
        code = int(self._line())
        assert code in (0, -signal.SIGKILL)
        return code

    def _line(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline().strip()

    def close(self) -> None:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(10)
        self._server.stdout.close()


@pytest.fixture
def compactions(lake: Path) -> Iterator[Compactions]:
    made = Compactions(lake)
    yield made
    made.close()


def check_whole(things: Sequence[Entity], before: Past) -> None:
    lake, rows = lines_of_lake(things), rows_in_postgresql()
    assert not lake.keys() & rows.keys(), "an observation is in two places"
    assert lake | rows == before


def check_whole_with_corrections(things: Sequence[Entity], before: Past) -> None:
    """A correction and what it corrects are in two places until they are merged; nothing is lost, nothing comes twice."""
    assert whole_past(things) == before


def check_done(lake: Path, things: Sequence[Entity], before: Past) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            compact(NOW, merge_all=True)  # PostgreSQL may still hold the lock of the process that was killed
            break
        except AnotherWriter:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert list(faults()) == []
    assert rows_in_postgresql() == {}
    assert whole_past(things) == before
    on_disk = {str(path.relative_to(lake)) for path in lake.rglob("*.parquet*") if path.parent.name != "orphans"}
    assert on_disk == set(LakeFile.objects.values_list("path", flat=True))


@pytest.mark.parametrize("step", list(Step))
def test_killed_at_each_step_of_a_day_then_of_a_month(lake: Path, compactions: Compactions, step: Step):
    things = [make_entity(f"Thing-{number}") for number in range(3)]
    for days in (30, 31):
        observe(things, day_before(days))
    before = whole_past(things)
    of_one_file = list(Step).index(step) + 1
    for kill_at in (of_one_file, of_one_file + len(Step)):  # the first file of a run, then the second
        for _ in range(2):
            compactions.run(kill_at=kill_at)
            check_whole(things, before)
    check_done(lake, things, before)


def test_killed_at_random_instants_while_rows_come_late(lake: Path, compactions: Compactions):
    rng = random.Random(2026)
    things = [make_entity(f"Thing-{number}") for number in range(10)]
    kills = 0
    for round_ in range(4):
        for days in (*range(5, 8), 30, 31):
            observe(things, day_before(days), per_day=24 + 7 * round_, value=round_)
        before = whole_past(things)
        for instant in sorted(rng.uniform(0.02, 0.6) for _ in range(10)):  # the later ones find less to do, or nothing
            kills += compactions.run(after_s=instant) != 0
            check_whole_with_corrections(things, before)
        check_done(lake, things, before)
    assert kills >= 4  # a quick machine is done before most of them
