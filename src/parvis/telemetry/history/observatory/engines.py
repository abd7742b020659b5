"""Who answers: DuckDB in this process, or the Spark Connect server of PARVIS_LAKE_ENGINE. Each is given the same expression.

The compilers of `ibis` are used, not its backends, which would bring pandas and pyarrow into every installation.
"""

import secrets
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, Protocol

import ibis
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from ibis.backends.sql.compilers import DuckDBCompiler, PySparkCompiler
from ibis.expr.types import Table

from parvis.kernel.errors import Refusal
from parvis.telemetry.history.lake.engine import listed, reader
from parvis.telemetry.history.lake.paths import root

Rows = list[tuple[Any, ...]]
Columns = tuple[str, ...]
Build = Callable[[str], Table]
"""The expression over the table of this name."""

_COLUMNS = "tenant_id, type, area_code, entity_id, attribute_id, attribute, dataset_id"


class EngineMissing(Refusal):
    """The engine of the settings is not installed, or does not answer."""

    status = 503
    code = "engine"
    message = _("Le moteur d’analyse configuré n’est pas installé : voir docs/observatory.md.")


class Engine(Protocol):
    name: str

    def answer(self, paths: Sequence[str], build: Build) -> tuple[Columns, Rows]: ...


class DuckDB:
    name = "DuckDB"

    def answer(self, paths: Sequence[str], build: Build) -> tuple[Columns, Rows]:
        """`paths` under the root of the lake."""
        connection = reader()
        view = _new_name()
        files = listed(str(root() / path) for path in paths)
        connection.execute(
            f"CREATE TEMP VIEW {view} AS SELECT {_COLUMNS}, epoch_us(observed_at) AS observed_us,"
            f" epoch_us(observed_at) + lag_us AS written_us, value FROM read_parquet([{files}])"
        )
        try:
            expression = build(view)
            query = DuckDBCompiler().to_sqlglot(expression).sql(dialect="duckdb")
            return expression.columns, connection.execute(query).fetchall()
        finally:
            connection.execute(f"DROP VIEW {view}")


class Spark:
    """Any server of the Spark Connect protocol; it reads the files by itself, under PARVIS_LAKE_URL."""

    def __init__(self, url: str) -> None:
        self.name = f"Spark ({url.partition('://')[2]})"
        self._url = url

    def answer(self, paths: Sequence[str], build: Build) -> tuple[Columns, Rows]:
        session = _session(self._url)
        base = settings.PARVIS_LAKE_URL or str(root())
        lines, view = _new_name(), _new_name()
        session.read.parquet(*(f"{base}/{path}" for path in paths)).createOrReplaceTempView(lines)
        session.sql(
            f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT {_COLUMNS}, unix_micros(observed_at) AS observed_us,"
            f" unix_micros(observed_at) + lag_us AS written_us, value FROM {lines}"
        ).collect()
        try:
            expression = build(view)
            _set_spark_options()
            query = PySparkCompiler().to_sqlglot(expression).sql(dialect="databricks")
            return expression.columns, [tuple(row) for row in session.sql(query).collect()]
        finally:
            session.catalog.dropTempView(view)
            session.catalog.dropTempView(lines)


def engine() -> Engine:
    """By PARVIS_LAKE_ENGINE."""
    return Spark(settings.PARVIS_LAKE_ENGINE) if settings.PARVIS_LAKE_ENGINE else DuckDB()


_sessions: dict[str, Any] = {}


def _session(url: str) -> Any:
    """One for each address, kept: the first takes seconds. Raises EngineMissing."""
    if url not in _sessions:
        _sessions[url] = _opened(url)
    return _sessions[url]


def forget_sessions() -> None:
    while _sessions:
        _sessions.popitem()[1].stop()


def _opened(url: str) -> Any:
    if find_spec("pyspark") is None:
        raise EngineMissing
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySpark warns of the version of pandas, which is not used here
        from pyspark.sql import SparkSession

        return SparkSession.builder.remote(url).create()


class _SparkOptions(ibis.config.Config):  # type: ignore[misc]
    treat_nan_as_null: bool = False


def _set_spark_options() -> None:
    """What the compiler reads of the options of a backend that is not loaded."""
    if getattr(ibis.options, "pyspark", None) is None:
        ibis.options.pyspark = _SparkOptions()


def _new_name() -> str:
    return f"observation_{secrets.token_hex(6)}"
