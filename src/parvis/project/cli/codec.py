"""`parvis codec …`: makers' JavaScript, run by hand and imported."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from parvis.project.cli import progress, with_django
from parvis.telemetry.devices.sandbox import FUNCTIONS

if TYPE_CHECKING:
    from parvis.telemetry.devices.sandbox import CodecPool, Program


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("codec", help="a maker's JavaScript codec: run it, import it", description=__doc__)
    kinds = parser.add_subparsers(title="what", required=True, metavar="WHAT")
    add_run(kinds)
    add_import(kinds)


def add_run(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    run = kinds.add_parser(
        "run",
        help="run a codec on JSON lines; no database",
        description="Reads the function's input objects, one a line, on standard input, and writes its output objects, one a line,"
        ' on standard output, exactly as it answered; or {"error": ...}. The codec runs as it would in service: in a process'
        " without files or network, 200 ms and 32 MB a call; nothing is kept from one line to the next.",
        epilog="""Example: echo '{"fPort": 1, "bytes": [1, 2]}' | parvis codec run thermometer.js""",
    )
    run.add_argument("file", type=Path, metavar="FILE.js")
    run.add_argument("--function", choices=list(FUNCTIONS), default="decodeUplink", help="decodeUplink by default")
    run.set_defaults(run=run_lines)


def add_import(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = kinds.add_parser(
        "import",
        help="import a .js, a folder or zip of The Things Network's device repository, or of ChirpStack device profiles",
        description="Each codec found becomes a codec of Parvis, or the next version of the one that has its name, with the"
        " examples its maker gives, run at once. Importing the same twice changes nothing.",
    )
    parser.add_argument("path", type=Path, metavar="PATH")
    parser.add_argument("--name", default="", help="of the codec; else it follows the files")
    parser.add_argument("--owner", default="", metavar="SLUG", help="organisation that owns it; nobody otherwise")
    parser.set_defaults(run=with_django(run_import))


def run_lines(options: argparse.Namespace) -> int:
    from parvis.telemetry.devices.sandbox import CodecPool, Program

    try:
        source = options.file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        print(f"parvis: {error}", file=sys.stderr)
        return 2
    program = Program(key=str(options.file), source=source, fresh=True)
    with CodecPool() as pool:
        for line in sys.stdin.buffer:
            if line.strip():
                print(answer(pool, program, options.function, line), flush=True)
    return 0


def answer(pool: "CodecPool", program: "Program", function: str, line: bytes) -> str:
    """One line of JSON, in ASCII so that no terminal can spoil it."""
    from parvis.telemetry.devices.sandbox import Invocation, Success

    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        return _error(f"not JSON: {error}")
    if not isinstance(given, dict):
        return _error("the input is not a JSON object")
    (told,) = pool.decode([Invocation(program=program, function=function, input=given)])
    if isinstance(told, Success):
        return json.dumps(told.data)
    return _error(f"{told.kind.value}: {told.detail}" if told.detail else told.kind.value)


def _error(text: str) -> str:
    return json.dumps({"error": text})


def run_import(options: argparse.Namespace) -> int:
    from parvis.foundations.organisations.models import Organisation
    from parvis.kernel import clock
    from parvis.kernel.errors import Refusal
    from parvis.kernel.urn import SYSTEM
    from parvis.telemetry.devices.importing import collect, import_package, read_packages

    owner = None
    if options.owner and (owner := Organisation.objects.filter(slug=options.owner).first()) is None:
        raise Refusal(f"no organisation has the slug {options.owner!r}")
    try:
        files = collect(options.path)
    except OSError as error:
        raise Refusal(str(error)) from error
    packages = read_packages(files, name=options.name)
    all_pass = True
    for package in packages:
        codec = import_package(package=package, organisation=owner, actor=str(SYSTEM), now=clock.now())
        passed = codec.passed_examples
        all_pass = all_pass and passed == len(codec.examples)
        print(f"{codec}: {passed} of {len(codec.examples)} examples pass")
        for example in codec.examples:
            if not example["passed"]:
                progress(
                    f"  {example['function']}, {example['description'] or '-'}: {json.dumps(example['answer'])[:200]}"
                )
    return 0 if all_pass else 1
