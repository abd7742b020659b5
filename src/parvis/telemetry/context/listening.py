"""The connections that wait for `NOTIFY`: apart from Django's, autocommitting, with keep-alives."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from parvis.kernel.sql import connection_parameters
from parvis.telemetry.context.waking import QUEUE

_KEEPALIVE = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""A firewall that forgets an idle connection is noticed within a minute."""


def listening_parameters() -> dict[str, Any]:
    return connection_parameters() | _KEEPALIVE | {"application_name": "parvis-listen"}


@contextmanager
def listening_connection() -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    with psycopg.connect(**listening_parameters(), autocommit=True) as listener:
        listener.execute(f"LISTEN {QUEUE}")
        yield listener
