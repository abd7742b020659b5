"""`parvis audit …`: is the journal the one that was written?"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parvis.project.cli import progress, with_django

if TYPE_CHECKING:
    from parvis.foundations.audit.rules import Fault

SAID = {
    "mismatch": "was altered, moved or inserted",
    "missing": "is missing: entries were removed before the one described here",
    "missing_end": "is missing: the journal stops before its recorded end",
    "unsealed": "carries no seal: it was slipped in",
    "head": "is not the last one recorded: the head of the journal was altered",
    "base": "is where the journal now begins, and nothing in it tells of a purge",
    "rewritten": "is not the one that was anchored outside the database: the journal was rewritten",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("audit", help="verify the journal", description=__doc__)
    kinds = parser.add_subparsers(title="what", required=True, metavar="WHAT")
    verify = kinds.add_parser(
        "verify",
        help="read the whole journal again and check its chain",
        description="Recomputes every seal apart from the database and compares the result with the recorded head and with the"
        " anchors kept in PARVIS_HOME/audit-anchors.jsonl. Exit code 1 at the first bad entry, which is named.",
    )
    verify.add_argument(
        "--anchors", type=Path, metavar="FILE", help="anchors kept elsewhere, instead of those of PARVIS_HOME"
    )
    verify.add_argument(
        "--anchor", action="store_true", help="when all is well, add an anchor of today's head to the file"
    )
    verify.set_defaults(run=with_django(run_verify))


def run_verify(options: argparse.Namespace) -> int:
    from parvis.foundations.audit.anchors import BrokenAnchor, anchor_file, read_anchors, write_anchor
    from parvis.foundations.audit.services import verify
    from parvis.kernel import clock

    path = options.anchors or anchor_file()
    if options.anchors and not path.exists():
        print(f"{path}: no such file", file=sys.stderr)
        return 2
    try:
        result = verify(anchors=read_anchors(path), progress=lambda checked: progress(f"{checked} entries"))
    except BrokenAnchor as error:
        print(error, file=sys.stderr)
        return 1
    if result.fault:
        print(describe(result.fault), file=sys.stderr)
        print(f"{result.checked} entries before it are as they were written", file=sys.stderr)
        return 1
    print(
        f"{result.checked} entries, {result.anchors} anchors: the journal is whole, head {result.head.hash.hex()[:16]}"
    )
    if options.anchor and (anchor := write_anchor(path, clock.now())):
        print(f"anchored at {anchor.position} in {path}")
    return 0


def describe(fault: "Fault") -> str:
    """One line: which entry, when, what it says it did."""
    when = f", {fault.at:%Y-%m-%d %H:%M:%S %Z}" if fault.at else ""
    action = f", {fault.action}" if fault.action else ""
    return f"entry {fault.position}{when}{action}: {SAID[fault.kind]}"
