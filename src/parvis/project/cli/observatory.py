"""`parvis observatory …`: questions over all the history."""

import argparse
import sys
from datetime import date
from typing import TYPE_CHECKING

from parvis.project.cli import progress, with_django

if TYPE_CHECKING:
    from parvis.telemetry.history.observatory.questions import Question

KINDS = {
    "mean": ("means, least and greatest values", "Mean, least and greatest value, and how many observations."),
    "percentiles": ("how values are spread", "The 5th, 25th, 50th, 75th and 95th percentiles."),
    "above": (
        "share of time above a threshold",
        "Share of the time, and hours, during which the value was above --threshold. A value holds until the next one of the"
        " same thing, two hours at most.",
    ),
    "compare": ("two periods compared", "Means of two periods of the same length, their difference and its share."),
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("observatory", help="ask questions over all the history", description=__doc__)
    kinds = parser.add_subparsers(title="what", required=True, metavar="WHAT")
    for name, (short, long) in KINDS.items():
        kind = kinds.add_parser(
            name,
            help=short,
            description=f"{long} Answered by DuckDB from the files of the lake, or by the Spark Connect server of"
            " PARVIS_LAKE_ENGINE; says until which day. Personal attributes cannot be asked.",
            epilog=f"Example: parvis observatory {name} --attribute temperature --from 2026-10-01 --to 2026-10-31 --by commune",
        )
        add_question(kind, name)
        kind.set_defaults(run=with_django(run), kind=name)


def add_question(parser: argparse.ArgumentParser, kind: str) -> None:
    parser.add_argument(
        "--attribute", required=True, metavar="NAME", help="what was measured: temperature, powerState…"
    )
    parser.add_argument(
        "--type", default="", metavar="T", help="only of this type of things; all that have it otherwise"
    )
    parser.add_argument("--commune", default="", metavar="INSEE", help="only in this commune")
    parser.add_argument("--from", dest="first_day", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD")
    parser.add_argument(
        "--to", dest="last_day", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD", help="included"
    )
    parser.add_argument(
        "--step",
        default="whole",
        choices=["hour", "day", "month", "hour-of-day", "whole"],
        help="into what the period is cut (whole); days and hours of the city's clock",
    )
    parser.add_argument("--by", default="", metavar="type,commune", help="a line for each type, each commune, or both")
    if kind == "above":
        parser.add_argument("--threshold", type=float, required=True, metavar="NUMBER")
    if kind == "compare":
        parser.add_argument(
            "--with",
            dest="other",
            type=date.fromisoformat,
            required=True,
            metavar="YYYY-MM-DD",
            help="first day of the other period, as long as the first",
        )
    parser.add_argument("--format", default="table", choices=["table", "csv", "json"], help="of the answer (table)")


def run(options: argparse.Namespace) -> int:
    from parvis.kernel import clock
    from parvis.telemetry.history.observatory.answering import answer
    from parvis.telemetry.history.observatory.telling import as_csv, as_json, as_table

    found = answer(question_of(options), now=clock.now())
    tell = {"table": as_table, "csv": as_csv, "json": as_json}[options.format]
    sys.stdout.write(tell(found))
    until = f"until {found.until}" if found.until else "no file yet: parvis lake compact"
    progress(f"{len(found.rows)} lines, {found.engine}, {found.files} files, {found.took_s:.2f} s; {until}")
    return 0


def question_of(options: argparse.Namespace) -> "Question":
    from parvis.telemetry.history.observatory.questions import Group, Kind, Period, Question, QuestionRefused, Step

    period = Period(first_day=options.first_day, last_day=options.last_day)
    try:
        groups = tuple(Group(name.strip()) for name in options.by.split(",") if name.strip())
    except ValueError:
        raise QuestionRefused("--by: type, commune, or type,commune") from None
    return Question(
        kind=Kind(options.kind),
        attribute=options.attribute,
        period=period,
        entity_type=options.type,
        commune=options.commune,
        step=Step(options.step),
        groups=groups,
        threshold=getattr(options, "threshold", None),
        other=period.starting(options.other) if getattr(options, "other", None) else None,
    )
