"""The @context of the product: every term our packages declare, in step with `vocabulary.declared()`."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from parvis.telemetry.context.vocabulary import declared

PRODUCT_ID: Final = "parvis"


@cache
def product_document() -> Mapping[str, Any]:
    """`{"@context": …}`; the core terms are not repeated, they are in every effective context."""
    return {"@context": {term: iris[0] for term, iris in sorted(declared().items())}}
