"""The typed declaration by which a package tells the rest of the platform what it brings.

A manifest is data and references to real functions: no condition and no query at import. A mistake in it stops mypy,
`parvis check` or the conformance tests, never a log line.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.checks import CheckMessage
from django.utils.functional import Promise


class Contribution:
    """Base of every kind of contribution; kinds are frozen dataclasses in `parvis.kernel.contributions`."""

    def check(self, manifest: "Manifest") -> Iterable[CheckMessage]:
        """Problems that mypy cannot see, shown by `parvis check`."""
        return ()


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """`name` = directory = app label = URL prefix; `label` is French and shown to people."""

    name: str
    label: str | Promise
    requires: tuple[str, ...] = ()
    """Domains whose facade or events this package imports."""
    provides: tuple[Contribution, ...] = ()
    """The untyped base on purpose: mypy then rejects a wrong handler at its own line."""
