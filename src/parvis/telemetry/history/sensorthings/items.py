"""Entities as they are read, before they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from parvis.telemetry.history.sensorthings.identity import Key
from parvis.telemetry.history.sensorthings.model import Kind, Level
from parvis.telemetry.history.sensorthings.sqltext import Sql, joined, sql, value

_CASTS = {
    "entity": "bigint[]",
    "attribute": "integer[]",
    "instant": "timestamptz[]",
    "name": "text[]",
    "source": "text[]",
}


@dataclass(slots=True, kw_only=True)
class Item:
    """An entity. `properties` are JSON values; `expanded` by name of the way, a page or an item or None."""

    kind: Kind
    id: int | str
    key: Key
    properties: dict[str, Any] = field(default_factory=dict)
    expanded: dict[str, "Page | Item | None"] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Page:
    """`more`: there are others after these. `total` None: it was not asked for."""

    items: list[Item] = field(default_factory=list)
    more: bool = False
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parents:
    """The entities of which others are asked for; at least one."""

    items: Sequence[Item]

    @property
    def level(self) -> Level:
        return self.items[0].kind.level

    @property
    def table(self) -> Sql:
        """With the members of their keys, and `position`, from 1."""
        names = self.level.value
        arrays = [value([getattr(item.key, name) for item in self.items], _CASTS[name]) for name in names]
        columns = ", ".join((*names, "position"))
        return sql(f"unnest({{}}) WITH ORDINALITY AS parents({columns})", joined(", ", arrays))
