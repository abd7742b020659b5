"""The statements by which things are read and counted; their text is ours, the values are bound."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.query.geo import Coordinates
from parvis.telemetry.context.query.planning import Kept, Plan
from parvis.telemetry.context.query.sql import Where
from parvis.telemetry.context.store.rows import COLUMNS, stored_of
from parvis.telemetry.context.store.values import Stored

_COLUMNS = ", ".join(f"e.{column.strip()}" for column in COLUMNS.split(","))


def by_ids(where: Where, tenant_id: int, ids: Sequence[int], kept: Sequence[Kept] = ()) -> list[Stored]:
    """Those of these that the conditions hold of, those of kept values too, in order."""
    if not ids:
        return []
    parts, values = [where.text], list(where.values)
    for one in kept:
        text, given = one.sql("e.id", one_by_one=True)
        parts.append(text)
        values += given
    text = f"SELECT {_COLUMNS} FROM context_entity AS e WHERE e.id = ANY(%s::bigint[]) AND {' AND '.join(parts)} ORDER BY e.id"  # noqa: S608
    return _read(text, [list(ids), *values], tenant_id)


def following(where: Where, tenant_id: int, *, after: int, size: int, skip: int = 0) -> list[Stored]:
    """The next ones after this id."""
    text, values = _branched(_COLUMNS, where, after, size + skip)
    return _read(f"{text} LIMIT %s OFFSET %s", [*values, size, skip], tenant_id)


def _branched(columns: str, where: Where, after: int, size: int) -> tuple[str, list[Any]]:
    """Each branch is read by its own index, in order, and they are merged."""
    branches = where.branches or [("true", [])]
    texts, values = [], []
    for branch, given in branches:
        begin = f"SELECT {columns} FROM context_entity AS e WHERE"  # noqa: S608
        texts.append(f"{begin} {branch} AND {where.text} AND e.id > %s ORDER BY e.id")
        values.append([*given, *where.values, after])
    if len(texts) == 1:
        return texts[0], values[0]
    union = " UNION ALL ".join(f"({text} LIMIT %s)" for text in texts)
    merged = [value for given in values for value in (*given, size)]
    return f"SELECT DISTINCT ON (id) * FROM ({union}) AS e ORDER BY id", merged  # noqa: S608


def named_after(where: Where, *, after: int, size: int) -> list[tuple[int, str]]:
    """Id and URN of the next ones after this id, without their documents."""
    text, values = _branched("e.id, e.urn", where, after, size)
    with hot_cursor() as cursor:
        cursor.execute(f"{text} LIMIT %s", [*values, size])
        return cursor.fetchall()


def count(where: Where, plan: Plan | None = None) -> int:
    """How many there are; `plan` when kept values are to be looked at too."""
    text, values = _conditions(where, plan)
    return _number(f"SELECT count(*) FROM context_entity AS e WHERE {text}", values)  # noqa: S608


def points(where: Where, plan: Plan | None) -> tuple[Coordinates, Coordinates]:
    """Longitudes and latitudes of those whose place is one point."""
    text, values = _conditions(where, plan)
    with hot_cursor() as cursor:
        cursor.execute(
            "SELECT (e.bounds[0])[0], (e.bounds[0])[1] FROM context_entity AS e"  # noqa: S608
            f" WHERE {text} AND {ONE_POINT}",
            values,
        )
        found = np.array(cursor.fetchall(), dtype=np.float64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


ONE_POINT = "((e.bounds[0])[0] = (e.bounds[1])[0] AND (e.bounds[0])[1] = (e.bounds[1])[1])"


def _conditions(where: Where, plan: Plan | None) -> tuple[str, list[Any]]:
    text, given = where.by_place
    parts, values = [text], list(given)
    if plan is not None and plan.ids is not None:
        parts.append("e.id = ANY(%s::bigint[])")
        values.append(plan.ids)
    for kept in plan.kept if plan is not None else ():
        text, given = kept.sql("e.id", one_by_one=plan is not None and plan.ids is not None)
        parts.append(text)
        values += given
    return " AND ".join(parts), values


def count_of_types(tenant_id: int, types: Sequence[str], plan: Plan | None, *, now: datetime) -> int | None:
    """Of all things of these types that kept values say yes to, from indexes alone; None when some things have expired."""
    if _number("SELECT count(*) FROM (SELECT FROM context_entity WHERE expires_at <= %s LIMIT 1) AS expired", [now]):
        return None
    named = list(types)
    if plan is None or not plan.kept:
        return _number(
            statement("parvis.telemetry.context", "count_of_types"), [tenant_id, named, tenant_id, named, named]
        )
    begun, *others = sorted(plan.kept, key=lambda kept: len(kept.parts))
    rows, values = [], []
    for asked, condition in begun.parts:
        begin = "SELECT v.entity_id FROM context_value AS v WHERE v.asked_id = ANY(%s::bigint[])"
        rows.append(f"{begin} AND {condition.text}")
        values += [list(asked), *condition.values]
    texts = ["true"]
    for kept in others:
        text, given = kept.sql("b.entity_id")
        texts.append(text)
        values += given
    text = f"SELECT count(DISTINCT b.entity_id) FROM ({' UNION ALL '.join(rows)}) AS b WHERE {' AND '.join(texts)}"  # noqa: S608
    return _number(text, values)


def _number(text: str, values: list[Any]) -> int:
    with hot_cursor() as cursor:
        cursor.execute(text, values)
        return int(cursor.fetchall()[0][0])


def _read(text: str, values: list[Any], tenant_id: int) -> list[Stored]:
    with hot_cursor() as cursor:
        cursor.execute(text, values)
        return [stored_of(row, tenant_id) for row in cursor.fetchall()]
