"""`parvis load …`: territories and things, from files or packaged reference data."""

import argparse
from pathlib import Path

from parvis.project.cli import progress, with_django


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("load", help="load a territory, its districts, or things", description=__doc__)
    kinds = parser.add_subparsers(title="what", required=True, metavar="WHAT")
    add_territory(kinds)


def add_territory(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = kinds.add_parser(
        "territory",
        help="a French EPCI and its communes",
        description="Loads an EPCI with its communes, codes and populations. Running it twice changes nothing.",
    )
    parser.add_argument(
        "--epci", required=True, metavar="SIREN", help="SIREN of the EPCI, for example 242100410 (Dijon Métropole)"
    )
    parser.add_argument("--boundaries", type=Path, metavar="FILE", help="GeoJSON of the communes, EPSG:4326")
    parser.set_defaults(run=with_django(load_territory))


def load_territory(options: argparse.Namespace) -> int:
    from parvis.foundations.territory.services import load_territory as load
    from parvis.kernel import clock

    report = load(epci=options.epci, boundaries=options.boundaries, now=clock.now(), progress=progress)
    print(report)
    return 0
