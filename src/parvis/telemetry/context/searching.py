"""The text by which a thing is found in a list: its name, number, address, without accents or capitals."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from parvis.telemetry.context.attributes import text_of, value_of

SEARCHED = ("name", "alternateName", "description", "refDevice", "inventoryNumber")


def folded(text: str) -> str:
    """Lower case, accents removed: `Île-de-la-Cité` gives `ile-de-la-cite`."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def search_text(urn: str, attributes: Mapping[str, Any]) -> str:
    words = [urn.rpartition(":")[2], *(text_of(attributes.get(name)) for name in SEARCHED)]
    address = value_of(attributes.get("address"))
    if isinstance(address, Mapping):
        words += [str(address.get("streetAddress", "")), str(address.get("addressLocality", ""))]
    elif isinstance(address, str):
        words.append(address)
    return folded(" ".join(word for word in words if word))
