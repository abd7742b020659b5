"""Fills the demonstration city at its first start, then ends."""

import argparse
import os
import sys
from pathlib import Path

import django


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epci", required=True)
    parser.add_argument("--boundaries", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--scale", type=float, required=True)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
    django.setup()
    from parvis.kernel import clock
    from parvis.kernel.errors import Refusal
    from parvis.project import database, demo
    from parvis.project.cli import progress
    from parvis.project.messages import compile_catalogues

    compile_catalogues()
    progress("· schéma de la base")
    database.migrate()
    if demo.is_loaded():
        return
    try:
        demo.load(
            epci=options.epci,
            boundaries=options.boundaries,
            seed=options.seed,
            scale=options.scale,
            now=clock.now(),
            progress=progress,
        )
    except Refusal as refusal:
        sys.exit(f"parvis demo: {refusal}")
