"""`parvis demo`: a whole metropolis to look at, alive."""

import argparse
import os
import time
from pathlib import Path

from parvis.project import database
from parvis.project.cli import progress
from parvis.project.cli.serve import add_address, supervise

DIJON = "242100410"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "demo",
        help="a living demonstration metropolis",
        description="Loads a territory, its organisations, synthetic equipment, requests and accounts at the first start, then"
        " serves it with a simulator that posts real envelopes into the real ingestion. All invented data is labelled.",
    )
    parser.add_argument("--epci", default=DIJON, metavar="SIREN", help=f"SIREN of the EPCI ({DIJON}, Dijon Métropole)")
    parser.add_argument(
        "--boundaries",
        type=Path,
        metavar="FILE",
        help="GeoJSON outlines of the communes, else online, else approximate",
    )
    parser.add_argument("--still", action="store_true", help="no simulator: nothing moves")
    parser.add_argument("--seed", type=int, default=21, help="seed of what is invented (21)")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="share of the 34,000 street lights, and the rest, to invent (1.0)"
    )
    add_address(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    os.environ["PARVIS_DEMO"] = "1"
    started = time.monotonic()
    progress("· base de données")
    with database.embedded():
        prepare = [
            "prepare_demo",
            *("--epci", options.epci, "--seed", str(options.seed), "--scale", str(options.scale)),
            *(("--boundaries", str(options.boundaries)) if options.boundaries else ()),
        ]
        simulator = ("simulator", ["simulator", "--to", "{base}", "--seed", str(options.seed)])
        return supervise(
            options,
            prepare=prepare,
            extra=[] if options.still else [simulator],
            welcome=lambda base: progress(welcome(base, time.monotonic() - started)),
        )


def welcome(base: str, elapsed_s: float) -> str:
    """What a visitor reads once all is up."""
    from parvis.project.demo import ACCOUNTS, PASSWORD

    accounts = "\n".join(f"    {account.email:<32} {account.what}" for account in ACCOUNTS)
    return f"""
  Parvis est prêt en {elapsed_s:.0f} s : {base}

  À voir d’abord
    {base}/                      le portail des habitants : signaler un problème
    {base}/control-room/         la salle de contrôle : la carte vivante, les alarmes
    {base}/backoffice/           le bureau des agents
    {base}/field/                la tournée d’une équipe, sur téléphone

  Comptes de démonstration (mot de passe : {PASSWORD})
{accounts}

  Les équipements, mesures, personnes et signalements sont synthétiques. Ctrl-C arrête tout.
"""
