"""`parvis load …`: territories, things and devices, from files or packaged reference data."""

import argparse
import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from parvis.project.cli import progress, with_django

if TYPE_CHECKING:
    from parvis.foundations.territory.services import Provenance
    from parvis.telemetry.devices.models import DeviceProfile


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("load", help="load a territory, its districts, things or devices", description=__doc__)
    kinds = parser.add_subparsers(title="what", required=True, metavar="WHAT")
    add_territory(kinds)
    add_districts(kinds)
    add_things(kinds)
    add_devices(kinds)


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


def add_things(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = kinds.add_parser(
        "things",
        help="an inventory: street lights, car parks, buildings…",
        description="Loads an inventory from CSV or GeoJSON, plain or gzipped. Separator, decimal comma, identifier and"
        " coordinates are recognised; every other column becomes an attribute. Rows that cannot be loaded are listed with"
        " their line and the reason, the others are written in one transaction. Running it twice changes nothing.",
        epilog="Example: parvis load things lampadaires.csv --type Streetlight --id NUMERO --map powerRating='PUISSANCE (W)'",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV or GeoJSON, coordinates in degrees (EPSG:4326)")
    parser.add_argument(
        "--type", required=True, metavar="T", help="NGSI-LD type of the things, for example Streetlight"
    )
    parser.add_argument(
        "--id", default="", metavar="COL", help="column that identifies a thing; recognised by its name otherwise"
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        type=_mapped,
        metavar="ATTR=COL",
        help="name of the attribute a column gives; also longitude=COL and latitude=COL (repeatable)",
    )
    parser.add_argument("--only-mapped", action="store_true", help="leave out the columns --map does not name")
    parser.add_argument(
        "--encoding", default="utf-8", metavar="NAME", help="of a CSV: utf-8 (default), cp1252, utf-16…"
    )
    parser.add_argument(
        "--owner", default="", metavar="SLUG", help="organisation that owns them; the metropolis otherwise"
    )
    parser.add_argument(
        "--source", default="", metavar="TEXT", help="where the data come from; the file's name otherwise"
    )
    parser.add_argument("--synthetic", action="store_true", help="label the things as invented")
    parser.add_argument(
        "--dry-run", action="store_true", help="do everything, then take it back: says what would change"
    )
    parser.add_argument("--rejected", type=Path, metavar="CSV", help="also write the rejected rows to this file")
    parser.set_defaults(run=with_django(load_things))


def add_devices(kinds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = kinds.add_parser(
        "devices",
        help="a list of LoRaWAN devices: a maker's file, an export of the network server",
        description="Registers the devices of a CSV file. Separator, encoding and columns are recognised; only dev_eui is necessary."
        " Columns of keys are not read. Rows that cannot be kept are listed with their line and the reason, the others are kept in"
        " one transaction. Running it twice changes nothing.",
        epilog="Columns: docs/devices.md. Example: parvis load devices capteurs.csv --profile 'Sonde de bac' --dry-run",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV; positions in degrees (EPSG:4326)")
    parser.add_argument("--profile", default="", metavar="NAME", help="device profile of the rows that name none")
    parser.add_argument("--owner", default="", metavar="SLUG", help="organisation of the rows that name none")
    parser.add_argument("--synthetic", action="store_true", help="label the devices as invented")
    parser.add_argument(
        "--dry-run", action="store_true", help="do everything, then take it back: says what would change"
    )
    parser.add_argument("--rejected", type=Path, metavar="CSV", help="also write the rejected rows to this file")
    parser.set_defaults(run=with_django(load_devices))


def _mapped(text: str) -> tuple[str, str]:
    attribute, equals, column = text.partition("=")
    if not attribute or not equals or not column:
        raise argparse.ArgumentTypeError(f"{text!r} is not ATTR=COL")
    return attribute.strip(), column.strip()


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


_MOST_TOLD = 20


def load_things(options: argparse.Namespace) -> int:
    from parvis.kernel import clock
    from parvis.telemetry.context import loading

    report = loading.load_things(
        options.file,
        type=options.type,
        id_column=options.id,
        mapping=dict(options.map),
        only_mapped=options.only_mapped,
        encoding=options.encoding,
        organisation_id=_owner(options.owner),
        source=options.source,
        synthetic=options.synthetic,
        dry_run=options.dry_run,
        progress=progress,
        now=clock.now(),
    )
    _tell([(row.line, row.reason) for row in report.rejected])
    if options.rejected is not None:
        loading.write_rejected(report, options.rejected)
    print(report)
    return 1 if report.rejected and not report.created + report.updated + report.unchanged else 0


def load_devices(options: argparse.Namespace) -> int:
    from parvis.foundations.organisations.models import Organisation
    from parvis.kernel import clock
    from parvis.kernel.urn import SYSTEM
    from parvis.telemetry.devices.services.registering import read_devices_csv, register

    listed = read_devices_csv(_content(options.file))
    owner = _owner(options.owner)
    report = register(
        listed,
        dry_run=options.dry_run,
        actor=str(SYSTEM),
        now=clock.now(),
        profile=_profile(options.profile),
        organisation=None if owner is None else Organisation.objects.get(pk=owner),
        synthetic=options.synthetic,
        progress=lambda done: progress(f"{done} / {len(listed.rows)}"),
    )
    if report.key_columns:
        progress(f"keys were not read: {', '.join(report.key_columns)}")
    if report.unknown_columns:
        progress(f"columns left out: {', '.join(report.unknown_columns)}")
    _tell([(row.line, row.reason) for row in report.refused])
    if options.rejected is not None:
        with options.rejected.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file, delimiter=";")
            rows.writerow(["line", "dev_eui", "reason"])
            rows.writerows((row.line, row.eui, row.reason) for row in report.refused)
    print(report)
    return 1 if report.refused and not report.kept else 0


def _tell(rejected: Sequence[tuple[int, str]]) -> None:
    for line, reason in rejected[:_MOST_TOLD]:
        progress(f"  {line}: {reason}")
    if len(rejected) > _MOST_TOLD:
        progress(f"  … {len(rejected) - _MOST_TOLD} more, all of them with --rejected FILE")


def _content(path: Path) -> bytes:
    from parvis.kernel.errors import Refusal

    try:
        return path.read_bytes()
    except OSError as error:
        raise Refusal(f"{path}: {error.strerror}") from error


def _profile(name: str) -> "DeviceProfile | None":
    from parvis.kernel.errors import Refusal
    from parvis.telemetry.devices.models import DeviceProfile

    if not name:
        return None
    found = DeviceProfile.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(DeviceProfile.objects.order_by("name").values_list("name", flat=True))
        raise Refusal(f"no device profile has the name {name!r}; known: {known}")
    return found


def _owner(slug: str) -> int | None:
    from parvis.foundations.organisations.models import Organisation
    from parvis.kernel.errors import Refusal

    if not slug:
        metropolis = Organisation.objects.main()
        return None if metropolis is None else metropolis.pk
    found = Organisation.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Organisation.objects.order_by("slug").values_list("slug", flat=True))
        raise Refusal(f"no organisation has the slug {slug!r}; known: {known}")
    return found.pk
