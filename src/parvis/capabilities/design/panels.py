"""Blocks that packages add to each other's pages, without knowing each other."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise

from parvis.capabilities.design.menus import may
from parvis.kernel.contributions import Panel
from parvis.kernel.registry import registry
from parvis.kernel.urn import Urn


@dataclass(frozen=True, kw_only=True)
class Block:
    title: str | Promise
    html: str


def blocks(request: HttpRequest, resource: str, urn: Urn) -> Iterator[Block]:
    """Those that concern this resource, that the reader may see, and that have something to say about this URN."""
    panels = [
        panel for _, panel in registry.all(Panel) if panel.resource == resource and may(request, panel.permission)
    ]
    for panel in sorted(panels, key=lambda panel: panel.order):
        context = panel.context(request, urn)
        if context is not None:
            yield Block(title=panel.title, html=render_to_string(panel.template, dict(context), request))
