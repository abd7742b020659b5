"""`parvis messages`: keep the English catalogues in step with the French of the sources."""

import argparse

from parvis.project.cli import progress


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "messages",
        help="update and compile the English catalogues (for developers)",
        description="Extracts the French texts of every package into its locale/en catalogue, keeps the translations there"
        " are, and compiles. Exit code 1 while a text has no English.",
    )
    parser.add_argument("--compile-only", action="store_true", help="only write the compiled catalogues")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from django.conf import settings

    settings.configure()  # templatize reads a few settings; no database is needed
    from parvis.project import messages

    if options.compile_only:
        messages.compile_catalogues()
        return 0
    missing = {name: count for name, count in messages.update_catalogues().items() if count}
    messages.compile_catalogues()
    for name, count in missing.items():
        progress(f"{name}: {count} texts without English")
    return 1 if missing else 0
