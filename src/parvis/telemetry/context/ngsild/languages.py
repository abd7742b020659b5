"""The language filter: a LanguageProperty becomes a Property in the language that suits the reader best (4.15, RFC 4647 look-up)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from parvis.telemetry.context.attributes import Instance

NONE = "@none"
_MOST_RANGES = 50


@lru_cache(maxsize=512)
def ranges_of(accepted: str) -> tuple[str, ...]:
    """The ranges of an Accept-Language value, lower case, the most wanted first; those of weight 0 are left out."""
    weighted: list[tuple[float, str]] = []
    for one in accepted.split(",")[:_MOST_RANGES]:
        name, *parameters = (part.strip() for part in one.split(";"))
        if name:
            weighted.append((_weight(parameters), name.lower()))
    return tuple(name for weight, name in sorted(weighted, key=lambda one: -one[0]) if weight > 0)


def _weight(parameters: list[str]) -> float:
    """1 when it is absent or unreadable."""
    for one in parameters:
        if one.startswith("q="):
            try:
                return min(max(float(one[2:]), 0.0), 1.0)
            except ValueError:
                return 1.0
    return 1.0


def best_tag(tags: list[str], accepted: str) -> str | None:
    """Of these tags the one that suits; any when none does; None when there are none."""
    lowered = {tag.lower(): tag for tag in tags}
    for wanted in ranges_of(accepted):
        if wanted == "*":
            break
        if found := _matching(wanted, lowered):
            return found
    if NONE in lowered:
        return NONE
    return tags[0] if tags else None


def _matching(wanted: str, lowered: Mapping[str, str]) -> str | None:
    """The tag itself, one more exact (`en` is served by `en-US`), or one less exact (`nl-BE` by `nl`)."""
    prefix = wanted
    while prefix:
        if prefix in lowered:
            return lowered[prefix]
        if more := next((tag for low, tag in lowered.items() if low.startswith(prefix + "-")), None):
            return more
        prefix = prefix.rpartition("-")[0]
    return None


def in_language(instance: Instance, accepted: str) -> Instance:
    """A LanguageProperty as a Property that says its `lang`; sub-attributes and other members stay."""
    texts: Mapping[str, Any] = instance["languageMap"]
    tag = best_tag(list(texts), accepted)
    if tag is None:
        return instance
    kept = {key: value for key, value in instance.items() if key not in ("type", "languageMap", "valueType")}
    said = {} if tag == NONE else {"lang": tag}
    return {"type": "Property", "value": texts[tag]} | said | kept
