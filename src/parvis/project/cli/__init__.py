"""The console command `parvis`. One file per verb; each gives `add(commands)` and sets `run` on its parser.

A command's `run(options)` answers the exit code. Django is set up, with the database up, before those that need it.
"""

import argparse
import os
import sys
from collections.abc import Callable
from importlib import import_module

from parvis import __version__

VERBS = (
    "serve",
    "demo",
    "load",
    "user",
    "token",
    "lake",
    "observatory",
    "audit",
    "context",
    "envelope",
    "codec",
    "check",
    "messages",
)
Run = Callable[[argparse.Namespace], int]


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="parvis",
        description="Parvis, the open platform of the human city: serve it, load it, look after it.",
        epilog="Data live under PARVIS_HOME (./var). PARVIS_DATABASE_URL replaces the embedded PostgreSQL. See docs/settings.md.",
    )
    whole.add_argument("--version", action="version", version=f"parvis {__version__}")
    commands = whole.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for verb in VERBS:
        import_module(f"parvis.project.cli.{verb}").add(commands)
    return whole


def with_django(run: Run, *, migrated: bool = True) -> Run:
    """The command with the database up, Django set up and, unless told otherwise, the schema up to date."""

    def wrapped(options: argparse.Namespace) -> int:
        from parvis.project import database

        with database.embedded():
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
            import django

            django.setup()
            if migrated:
                database.migrate()
            return _answered(run, options)

    return wrapped


def _answered(run: Run, options: argparse.Namespace) -> int:
    """The exit code; an expected refusal is one line, not a traceback."""
    from parvis.kernel.errors import Refusal

    try:
        return run(options)
    except Refusal as refusal:
        print(f"parvis: {refusal}", file=sys.stderr)
        return 1


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def progress(text: str) -> None:
    """One line of progress, on standard error so that reports can be piped."""
    print(text, file=sys.stderr, flush=True)
