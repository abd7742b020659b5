"""What one request may see and when it is answered; every statement is built within it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import count

from parvis.telemetry.context.broker.rights import BrokerRights
from parvis.telemetry.context.states import entity_types


@dataclass(slots=True, kw_only=True)
class Scope:
    """`base` is the address of the service, without a slash at its end."""

    rights: BrokerRights
    now: datetime
    base: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def alias(self, prefix: str) -> str:
        """A name no other part of the statement has."""
        return f"{prefix}{next(self.numbers)}"


@cache
def personal() -> Mapping[str, tuple[str, ...]]:
    """The types in which an attribute is personal, by attribute."""
    found: dict[str, tuple[str, ...]] = {}
    for name, kind in entity_types().items():
        for spec in kind.attributes:
            if spec.personal:
                found[spec.name] = (*found.get(spec.name, ()), name)
    return found
