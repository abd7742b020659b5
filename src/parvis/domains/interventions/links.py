"""Where a URN of another package leads, and what to call it, asked of the registry."""

from dataclasses import dataclass

from django.utils.functional import Promise

from parvis.kernel.contributions import Resource
from parvis.kernel.registry import registry
from parvis.kernel.urn import MalformedUrn, Urn


@dataclass(frozen=True, kw_only=True)
class Link:
    """`url` is empty when nobody shows it."""

    label: str | Promise
    url: str


def link_to(text: str) -> Link:
    try:
        urn = Urn.parse(text)
    except MalformedUrn:
        return Link(label=text, url="")
    for _, resource in registry.all(Resource):
        if resource.type == urn.type:
            return Link(label=resource.label, url=resource.page(urn) or "")
    return Link(label=urn.local, url="")
