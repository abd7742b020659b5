"""`parvis load …`: territories and things, from files or packaged reference data."""

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from parvis.project.cli import progress, with_django

if TYPE_CHECKING:
    from parvis.foundations.territory.services import Provenance


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("load", help="load a territory, its districts, or things", description=__doc__)
    kinds = parser.add_subparsers(title="what", required=True, metavar="WHAT")
    add_territory(kinds)
    add_districts(kinds)


def add_territory(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = kinds.add_parser(
        "territory",
        help="a French EPCI and its communes",
        description="Loads an EPCI with its communes, codes and populations. Running it twice changes nothing.",
    )
    parser.add_argument(
        "--epci", required=True, metavar="SIREN", help="SIREN of the EPCI, for example 242100410 (Dijon Métropole)"
    )
    parser.add_argument(
        "--boundaries",
        type=Path,
        metavar="FILE",
        help="GeoJSON of the communes, EPSG:4326, plain or gzipped; without it the outlines come from geo.api.gouv.fr or,"
        " offline, are approximate",
    )
    parser.add_argument(
        "--replace", action="store_true", help="take the place of another EPCI already loaded (a merger)"
    )
    add_provenance(parser)
    parser.set_defaults(run=with_django(load_territory))


def add_districts(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = kinds.add_parser(
        "districts",
        help="the districts of a commune",
        description="Loads the districts of a commune, or the parts of its districts. Running it twice changes nothing;"
        " what the file no longer holds is detached, not deleted.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="GeoJSON, EPSG:4326, plain or gzipped")
    parser.add_argument(
        "--commune", required=True, metavar="INSEE", help="INSEE code of the commune, for example 34172"
    )
    parser.add_argument("--parts", action="store_true", help="the file holds parts of the districts loaded before")
    add_provenance(parser)
    parser.set_defaults(run=with_django(load_districts))


def add_provenance(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", default="", metavar="TEXT", help="who made the outlines, shown beside every map")
    parser.add_argument(
        "--licence", default="", metavar="TEXT", help="under which licence, for example 'Licence Ouverte 2.0'"
    )
    parser.add_argument("--source-date", type=date.fromisoformat, metavar="YYYY-MM-DD", help="date of the outlines")


def provenance(options: argparse.Namespace, path: Path | None) -> "Provenance | None":
    from parvis.foundations.territory.services import Provenance

    if path is None:
        return None
    return Provenance(source=options.source or path.name, licence=options.licence, source_on=options.source_date)


def load_territory(options: argparse.Namespace) -> int:
    from parvis.foundations.territory.services import load_territory as load
    from parvis.kernel import clock

    report = load(
        epci=options.epci,
        boundaries=options.boundaries,
        provenance=provenance(options, options.boundaries),
        replace=options.replace,
        now=clock.now(),
        progress=progress,
    )
    print(report)
    return 0


def load_districts(options: argparse.Namespace) -> int:
    from parvis.foundations.territory.models import AreaKind
    from parvis.foundations.territory.services import load_districts as load
    from parvis.kernel import clock

    report = load(
        path=options.file,
        parent_code=options.commune,
        kind=AreaKind.SUB_DISTRICT if options.parts else AreaKind.DISTRICT,
        provenance=provenance(options, options.file),
        now=clock.now(),
        progress=progress,
    )
    print(report)
    return 0
