"""DuckDB inside the process: one memory and one cache of file footers for all readers, a connection for each thread.

It reads and writes Parquet by itself, without pyarrow or pandas. It never loads an extension from the network.
"""

import threading
from functools import cache
from typing import Any

import duckdb
from django.conf import settings

_MEMORY = "2GB"
"""Beyond it DuckDB sorts on disk, under PARVIS_LAKE_PATH."""

_local = threading.local()


def reader() -> duckdb.DuckDBPyConnection:
    """The connection of this thread, kept for its life."""
    found: duckdb.DuckDBPyConnection | None = getattr(_local, "connection", None)
    if found is None:
        found = _local.connection = _shared().cursor()
        found.execute("SET TimeZone = 'UTC'")
    return found


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    return _opened(parquet_metadata_cache=True)


def writer() -> duckdb.DuckDBPyConnection:
    """A database of its own, forgotten when it is closed."""
    database = _opened()
    database.execute("SET TimeZone = 'UTC'")
    return database


def _opened(**more: bool) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "memory_limit": _MEMORY,
        "temp_directory": str(settings.PARVIS_LAKE_PATH / "tmp"),
    }
    return duckdb.connect(":memory:", config=config | more)


def literal(value: int | str) -> str:
    """A value in the text of a statement: DuckDB then skips by it what cannot match, which it does not by a parameter."""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def listed(values: Any) -> str:
    return ", ".join(map(literal, values))
