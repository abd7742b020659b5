"""A network server, as the city's webhook knows one."""

import json
import os
import subprocess
import sys
import urllib.request
from datetime import datetime
from typing import Any

from bench.deployment import ROOT, Deployment
from parvis.telemetry.devices import simulation

_sent: dict[tuple[str, int], dict[str, Any]] = {}


def token(parvis: Deployment) -> str:
    """By the command line, as an administrator makes it."""
    done = subprocess.run(
        [sys.executable, "-m", "parvis.project", "token", "create", "--name", "essai", "--scope", "devices.uplink"],
        cwd=ROOT,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("PARVIS_")}, "PARVIS_HOME": str(parvis.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return next(word for word in done.stdout.split() if word.startswith("pv_"))


def post_uplink(
    parvis: Deployment, secret: str, urn: str, payload: bytes, count: int, at: datetime, *, again: bool = False
) -> dict[str, Any]:
    """`again` sends the very same envelope as before."""
    eui = simulation.dev_eui(urn)
    if not again:
        _sent[eui, count] = simulation.chirpstack_uplink(
            dev_eui=eui, name="essai", payload=payload, f_port=10, f_cnt=count, at=at
        )
    request = urllib.request.Request(
        f"{parvis.base}/ingest/demo?event=up",
        data=json.dumps(_sent[eui, count]).encode(),
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.load(answer))
