"""How packages let a token be narrowed: what their scopes reach only in part, asked for when it is made."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.functional import Promise

from parvis.kernel.manifest import Contribution
from parvis.kernel.registry import registry


class Unreadable(ValueError):
    """What was written names nothing; its text is what the person reads."""


@dataclass(frozen=True, kw_only=True)
class TokenLimit(Contribution):
    """A member of `ApiToken.limits`: the `key` under which the package that reads it finds a list of texts.

    It narrows these `scopes`. Chosen among `choices`, (value, label), or else written, separated by commas, and each word read by `read`,
    which gives what to keep or raises `Unreadable`. Two limits may share a key: their values are put together. `widens`: it gives more
    instead of less, so only those who make tokens of the whole platform may fill it.
    """

    name: str
    key: str
    label: str | Promise
    scopes: tuple[str, ...]
    help: str | Promise = ""
    widens: bool = False
    choices: Callable[[], Iterable[tuple[str, str]]] | None = None
    read: Callable[[str], str] = field(default=str.strip)


def token_limits() -> Iterator[TokenLimit]:
    """Those of all packages, in the order they are declared."""
    for _manifest, limit in registry.all(TokenLimit):
        yield limit
