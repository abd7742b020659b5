"""The tables of uplinks, one a day (UTC): made when a day is first met, dropped when it is past its term."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from psycopg import sql

from parvis.telemetry.history.partitions import own_connection

PARENT = "devices_uplink"
KEEP_DAYS = 30  # time enough to notice, repair a codec and replay; the observations themselves stay for years
_DAYS_AHEAD = 3  # the Job that makes them may fail for a week-end


def day_of(sent_at: datetime | None, received_at: datetime) -> date:
    """The table of a message: the day of the network server's time, or of its arrival when that day has no table."""
    if sent_at is not None and timedelta(days=-1) < received_at - sent_at < timedelta(days=KEEP_DAYS):
        return sent_at.astimezone(UTC).date()
    return received_at.astimezone(UTC).date()


def table_of(day: date) -> str:
    return f"{PARENT}_{day:%Y%m%d}"


def make(days: Collection[date]) -> None:
    """Committed at once, on a connection of its own: no batch waits for another that waits for a table."""
    parent = sql.Identifier(PARENT)
    with own_connection() as own:
        own.execute("SELECT pg_advisory_xact_lock(hashtext('parvis.devices.partitions'))")
        for day in sorted(days):
            row = own.execute("SELECT to_regclass(%s) IS NULL", [table_of(day)]).fetchone()
            if row and row[0]:
                table = sql.Identifier(table_of(day))
                # Built apart, then attached: `CREATE … PARTITION OF` would stop every reader and writer of the parent.
                own.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(table, parent))
                attach = sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})")
                own.execute(attach.format(parent, table, sql.Literal(day), sql.Literal(day + timedelta(days=1))))


def make_coming(now: datetime) -> None:
    make([now.astimezone(UTC).date() + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD + 1)])


def drop_past(now: datetime) -> int:
    """Drops the tables past their term; answers how many uplinks went with them (as far as the planner knows)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text, greatest(c.reltuples, 0)::bigint FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid"
            " WHERE inhparent = %s::regclass AND inhrelid::regclass::text < %s ORDER BY 1",
            [PARENT, table_of((now - timedelta(days=KEEP_DAYS)).astimezone(UTC).date())],
        )
        past = cursor.fetchall()
    for table, _ in past:
        with own_connection() as own:
            own.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(table)))
    return sum(rows for _, rows in past)
