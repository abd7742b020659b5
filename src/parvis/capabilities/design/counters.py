"""The figures of a shell's home page that lead to work."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from parvis.capabilities.design.menus import may
from parvis.kernel.contributions import Counter, Shell
from parvis.kernel.registry import registry


@dataclass(frozen=True, kw_only=True)
class Figure:
    label: str | Promise
    url: str
    icon: str
    count: int


def figures(request: HttpRequest, shell: Shell) -> Iterator[Figure]:
    """In order; those that do not concern the reader count None and are left out."""
    counters = [c for _, c in registry.all(Counter) if c.shell == shell and may(request, c.permission)]
    for counter in sorted(counters, key=lambda c: (c.order, str(c.label))):
        count = counter.count(request)
        if count is not None:
            url = reverse(counter.view) + (f"?{counter.query}" if counter.query else "")
            yield Figure(label=counter.label, url=url, icon=counter.icon, count=count)
