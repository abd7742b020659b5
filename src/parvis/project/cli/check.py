"""`parvis check`: is every package sound, and the schema that of the models?"""

import argparse
import sys

from parvis.project.cli import with_django


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "check",
        help="check the packages, their manifests, pages, templates and migrations",
        description="Checks what the packages declare: pages say who may call them, permissions exist, every model declares"
        " its personal data, templates compile, migrations are complete. Exit code 1 at the first kind of fault.",
    )
    parser.set_defaults(run=with_django(run, migrated=False))


def run(options: argparse.Namespace) -> int:
    from django.core.management import CommandError, call_command

    from parvis.project.templates import broken_templates

    try:
        call_command("check", fail_level="WARNING")
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    except SystemExit:
        print("models have changes that no migration makes", file=sys.stderr)
        return 1
    faults = broken_templates()
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0
