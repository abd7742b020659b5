"""Keeps the demonstration city alive: posts envelopes to the webhook as a network server would, and plays the crews."""

import argparse
import json
import logging
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from datetime import timedelta

import django

logger = logging.getLogger(__name__)
STEP_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", required=True, metavar="URL")
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.project.settings")
    django.setup()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    simulate(options.to, random.Random(options.seed), stop)


def simulate(base: str, rng: random.Random, stop: threading.Event) -> None:
    """One step of every `Simulated` a second. A refused post is logged and forgotten: the city goes on."""
    from django.db import close_old_connections

    from parvis.kernel import clock
    from parvis.kernel.contributions import Simulated
    from parvis.kernel.registry import registry

    token = _token()
    while not stop.is_set():
        began = time.monotonic()
        close_old_connections()
        for _manifest, simulated in registry.all(Simulated):
            try:
                for uplink in simulated.step(clock.now(), rng):
                    _post(f"{base}/ingest/{uplink.source}?event={uplink.event}", uplink.envelope, token)
            except (urllib.error.URLError, OSError) as error:
                logger.warning("%s: %s", simulated.code, error)
            except Exception:
                logger.exception("%s: its step failed", simulated.code)
        stop.wait(max(0.05, STEP_S - (time.monotonic() - began)))


def _token() -> str:
    from parvis.foundations.identity.services import create_token
    from parvis.kernel import clock

    now = clock.now()
    _, secret = create_token(
        name="simulateur de démonstration",
        scopes=["devices.uplink"],
        organisation=None,
        expires_at=now + timedelta(days=7),
        created_by=None,
        now=now,
    )
    return secret


def _post(url: str, envelope: dict[str, object], token: str) -> None:
    request = urllib.request.Request(  # noqa: S310 — the address the supervisor gave
        url,
        data=json.dumps(envelope).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        response.read()
