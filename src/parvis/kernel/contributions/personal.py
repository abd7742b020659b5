"""Each model says which personal data it holds, why and how long, or that it holds none (GDPR art. 5, 13, 30)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise

from parvis.kernel.manifest import Contribution


@dataclass(frozen=True, kw_only=True)
class Retention(Contribution):
    """`keep_days` counts from the event `starts` names; `purge` erases what is past its term and answers how many."""

    model: type[Model]
    purpose: str | Promise
    legal_basis: str | Promise
    personal_fields: tuple[str, ...]
    keep_days: int
    purge: Callable[[datetime], int]
    starts: str | Promise = ""


@dataclass(frozen=True, kw_only=True)
class NoPersonalData(Contribution):
    """`why` convinces a reader that no row of the model tells anything of a person."""

    model: type[Model]
    why: str


@dataclass(frozen=True, kw_only=True)
class SubjectData(Contribution):
    """What a package holds of an account: handed over (GDPR art. 15, 20) and erased (art. 17) on request.

    `export` answers JSON-able data, `erase` the number of rows erased or made anonymous.
    """

    label: str | Promise
    export: Callable[[Any], Any]
    erase: Callable[[Any], int]
