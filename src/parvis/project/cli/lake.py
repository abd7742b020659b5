"""`parvis lake …`: the past as Parquet files."""

import argparse
import sys

from parvis.project.cli import progress, with_django


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("lake", help="the past as files: compact, look, verify", description=__doc__)
    kinds = parser.add_subparsers(title="what", required=True, metavar="WHAT")
    compact = kinds.add_parser(
        "compact",
        help="move past days into files, and merge what came late",
        description="Does at once what the worker does every hour: days that are no more recent become Parquet files under"
        " PARVIS_LAKE_PATH, past months one file, late rows join theirs, erased ones leave. May be killed at any instant.",
    )
    compact.add_argument("--all", action="store_true", help="also merge the late rows of months, however few")
    compact.set_defaults(run=with_django(run_compact))
    status = kinds.add_parser(
        "status",
        help="what is in the files, and what waits in PostgreSQL",
        description="One line a period: files, rows, bytes, bytes a row; then what waits in PostgreSQL for the next compaction.",
    )
    status.set_defaults(run=with_django(run_status))
    verify = kinds.add_parser(
        "verify",
        help="are the files those of the list, whole?",
        description="Reads every listed file: its size, checksum, rows and bounds must be those of the list in PostgreSQL, and"
        " no observation may be there twice. Names files that nobody listed. Exit code 1 when something is wrong.",
    )
    verify.set_defaults(run=with_django(run_verify))


def run_compact(options: argparse.Namespace) -> int:
    from parvis.kernel import clock
    from parvis.telemetry.history.lake.compaction import AnotherWriter, compact

    try:
        report = compact(clock.now(), progress=progress, merge_all=options.all)
    except AnotherWriter:
        print("another process is compacting", file=sys.stderr)
        return 1
    print(report)
    return 1 if report.busy else 0


def run_status(options: argparse.Namespace) -> int:
    from parvis.kernel import clock
    from parvis.telemetry.history.lake.status import status

    found = status(clock.now())
    for period in found.periods:
        days = (
            f"{period.first_day}" if period.first_day == period.last_day else f"{period.first_day} … {period.last_day}"
        )
        size = f"{period.bytes / period.rows:.2f} bytes a row"
        print(f"{days:<25} {period.files:>3} files {period.rows:>12} rows {period.bytes:>12} bytes  {size}")
    print(f"{found.rows} rows in {found.bytes} bytes; {found.retired} files kept for their last readers")
    print(f"waiting in PostgreSQL: {found.waiting_tables} tables of past days, {found.forgotten} orders to forget")
    return 0


def run_verify(options: argparse.Namespace) -> int:
    from parvis.telemetry.history.lake.verification import faults

    wrong = 0
    for fault in faults(progress):
        print(fault, file=sys.stderr)
        wrong += 1
    print("the lake is whole" if not wrong else f"{wrong} faults")
    return 1 if wrong else 0
