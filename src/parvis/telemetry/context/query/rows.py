"""The statements by which things are read and counted; their text is ours, the values are bound."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from parvis.kernel.sql import hot_cursor, statement
from parvis.telemetry.context.query.planning import Plan
from parvis.telemetry.context.query.sql import Where
from parvis.telemetry.context.store.rows import COLUMNS, stored_of
from parvis.telemetry.context.store.values import Stored

_COLUMNS = ", ".join(f"e.{column.strip()}" for column in COLUMNS.split(","))


def by_ids(where: Where, tenant_id: int, ids: Sequence[int]) -> list[Stored]:
    """Those of these that the conditions hold of, in order."""
    if not ids:
        return []
    text = f"SELECT {_COLUMNS} FROM context_entity AS e WHERE e.id = ANY(%s::bigint[]) AND {where.text} ORDER BY e.id"  # noqa: S608
    return _read(text, [list(ids), *where.values], tenant_id)


def following(where: Where, tenant_id: int, *, after: int, size: int, skip: int = 0) -> list[Stored]:
    """The next ones after this id; each branch is read by its own index, in order, and they are merged."""
    branches = where.branches or [("true", [])]
    texts, values = [], []
    for branch, given in branches:
        texts.append(
            f"(SELECT {_COLUMNS} FROM context_entity AS e"  # noqa: S608
            f" WHERE {branch} AND {where.text} AND e.id > %s ORDER BY e.id LIMIT %s)"
        )
        values += [*given, *where.values, after, size + skip]
    if len(texts) == 1:
        return _read(texts[0][1:-1] + " OFFSET %s", [*values[:-1], size, skip], tenant_id)
    union = f"SELECT DISTINCT ON (id) * FROM ({' UNION ALL '.join(texts)}) AS e ORDER BY id LIMIT %s OFFSET %s"  # noqa: S608
    return _read(union, [*values, size, skip], tenant_id)


def count(where: Where, plan: Plan | None = None) -> int:
    """How many there are; `plan` when kept values are to be looked at too."""
    parts, values = [where.text], list(where.values)
    if plan is not None and plan.ids is not None:
        parts.append("e.id = ANY(%s::bigint[])")
        values.append(plan.ids)
    for kept in plan.kept if plan is not None else ():
        text, given = kept.sql("e.id")
        parts.append(text)
        values += given
    return _number(f"SELECT count(*) FROM context_entity AS e WHERE {' AND '.join(parts)}", values)  # noqa: S608


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
        rows.append(
            f"SELECT v.entity_id FROM context_value AS v WHERE v.asked_id = ANY(%s::bigint[]) AND {condition.text}"
        )  # noqa: S608
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
        return [stored_of(row, tenant_id) for row in cursor]
