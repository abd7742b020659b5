"""Paths whose values are kept in order beside the documents, because queries ask about them (ADR 0015).

A query that took long without them wishes for them; a thread of the process then reads the things once and keeps the values, and from
then on a trigger of the table does. Writers wait during that reading: about half a second for 100,000 things.
"""

import json
import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from django.db import DatabaseError, connection, transaction
from psycopg import errors

from parvis.kernel import clock
from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.models import AskedPath
from parvis.telemetry.context.query.terms import ENTITY_MEMBERS, Path

log = logging.getLogger(__name__)

MANY_THINGS = 2000
"""Fewer of a type are compared one by one in no time."""
MOST_PATHS = 60
"""Kept at once: each costs the writes of its attribute. The one not asked about for longest makes room, if that is a day."""
UNASKED_FOR = timedelta(days=30)
_ASKED_WITHIN = timedelta(hours=6)
"""`asked_at` is no more precise than this."""
_LOCK_WAIT = "500ms"
_WRITERS = 7_406_391_288
"""The advisory lock that the trigger of every write shares, and that is held alone while values begin to be kept."""


@dataclass(frozen=True, slots=True)
class Key:
    """Of `AskedPath`."""

    attribute: str
    path: str
    inside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """Values at a path, of the things of a type of a tenant."""

    tenant_id: int
    type: str
    key: Key


def key_of(path: Path) -> Key | None:
    """None for what is not kept: linked entities, members of the entity but its scopes."""
    first = path.names[0]
    if path.beyond is not None or (first in ENTITY_MEMBERS and first != "scope"):
        return None
    return Key(first, "$" + "".join(f".{json.dumps(name)}" for name in path.names) + "[*]", path.inside)


def known(tenant_id: int, types: Iterable[str]) -> Mapping[tuple[str, Key], int]:
    """The ids of the paths kept for things of these types, and for those of any type (`""`)."""
    with hot_cursor() as cursor:
        cursor.execute(
            "SELECT id, type, attribute, path, inside FROM context_asked_path"
            " WHERE tenant_id = %s AND type = ANY(%s::text[])",
            [tenant_id, ["", *types]],
        )
        return {(type_, Key(attribute, path, tuple(inside))): id_ for id_, type_, attribute, path, inside in cursor}


_touched: dict[int, datetime] = {}


def touch(ids: Iterable[int], *, now: datetime) -> None:
    """These have been asked about: noted now and then, by each process."""
    old = [id_ for id_ in ids if id_ not in _touched or _touched[id_] < now - _ASKED_WITHIN]
    if old:
        AskedPath.objects.filter(pk__in=old).update(asked_at=now)
        _touched.update(dict.fromkeys(old, now))


def are_many(tenant_id: int, type_name: str) -> bool:
    """Whether keeping values of these things is worth it."""
    with hot_cursor() as cursor:
        cursor.execute(
            statement("parvis.telemetry.context", "many_things"), [tenant_id, type_name, type_name, MANY_THINGS]
        )
        return bool(cursor.fetchall()[0][0] >= MANY_THINGS)


def keep(wish: Wish, *, now: datetime) -> bool:
    """Reads the things once; False when it is kept already, there is no room, or writers are busy for long."""
    with transaction.atomic(), hot_cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'")
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [_WRITERS])
        except errors.LockNotAvailable:
            transaction.set_rollback(True)
            return False
        if not _has_room(now):
            return False
        made, is_new = AskedPath.objects.get_or_create(
            tenant_id=wish.tenant_id,
            type=wish.type,
            path=wish.key.path,
            inside=list(wish.key.inside),
            defaults={"attribute": wish.key.attribute, "asked_at": now},
        )
        if is_new:
            cursor.execute(statement("parvis.telemetry.context", "keep_values"), {"asked": made.pk})
        return is_new


def settle() -> None:
    """Tells PostgreSQL what has been kept: which pages need no second look, how values are spread. Not within a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) context_value")


def _has_room(now: datetime) -> bool:
    kept = AskedPath.objects.order_by("asked_at", "id")
    if kept.count() < MOST_PATHS:
        return True
    oldest = kept[0]
    if oldest.asked_at > now - timedelta(days=1):
        return False
    forget([oldest.pk])
    return True


@transaction.atomic
def forget(ids: Iterable[int]) -> None:
    """These paths are kept no longer."""
    gone = list(ids)
    AskedPath.objects.filter(pk__in=gone).delete()
    with hot_cursor() as cursor:
        cursor.execute("DELETE FROM context_value WHERE asked_id = ANY(%s::bigint[])", [gone])


def forget_unasked(now: datetime) -> int:
    """What nobody has asked about for a month; answers how many paths."""
    ids = list(AskedPath.objects.filter(asked_at__lt=now - UNASKED_FOR).order_by("id").values_list("id", flat=True))
    forget(ids)
    return len(ids)


class Wishes:
    """The thread that fulfils wishes, one after the other; it ends when there are none. `enabled` False: they are let be."""

    def __init__(self) -> None:
        self.enabled = True
        self._waiting: dict[Wish, None] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, wishes: Iterable[Wish]) -> None:
        if not self.enabled:
            return
        with self._lock:
            self._waiting.update(dict.fromkeys(wishes))
            if self._waiting and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, name="broker-values", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            while (wish := self._next()) is not None:
                try:
                    if keep(wish, now=clock.now()):
                        settle()
                except (DatabaseError, psycopg.Error) as error:
                    log.warning("values of %s are not kept: %s", wish.key.path, error)
        finally:
            connection.close()

    def _next(self) -> Wish | None:
        with self._lock:
            if not self._waiting:
                self._thread = None
                return None
            wish = next(iter(self._waiting))
            del self._waiting[wish]
            return wish


wishes = Wishes()
