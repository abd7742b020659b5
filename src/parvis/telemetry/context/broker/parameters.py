"""The parameters that endpoints declare: what is not declared is refused, and the OpenAPI document tells the rest."""

from dataclasses import dataclass, field
from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """`words`: the value is a comma separated list of these only (`options`), another word makes the request invalid."""

    name: str
    schema: dict[str, Any] = field(default_factory=lambda: dict(_TEXT))
    words: tuple[str, ...] = ()
    about: str = ""

    @property
    def is_flag(self) -> bool:
        return self.schema.get("type") == "boolean"


def text(name: str, about: str = "") -> Parameter:
    return Parameter(name=name, about=about)


def flag(name: str, about: str = "") -> Parameter:
    return Parameter(name=name, schema={"type": "boolean"}, about=about)


def number(name: str, least: int, about: str = "") -> Parameter:
    return Parameter(name=name, schema={"type": "integer", "minimum": least}, about=about)


def words(name: str, *known: str, about: str = "") -> Parameter:
    return Parameter(name=name, words=known, about=about)


REPRESENTATIONS = ("normalized", "concise", "keyValues", "simplified")

LOCAL = flag("local", "do not ask other brokers")
LIMIT = number("limit", 0, "items of a page; 0 only with count=true")
OFFSET = number("offset", 0, "items passed over")
COUNT = flag("count", "tell the total in NGSILD-Results-Count")
PAGING = (LIMIT, OFFSET, COUNT)
TYPE = text("type", "selection of entity types")
LANG = text("lang", "languages wished, as in Accept-Language")
DATASET = text("datasetId", "instances wanted, comma separated; @none for those without datasetId")
FORMAT = words("format", *REPRESENTATIONS)
OPTIONS = words("options", *REPRESENTATIONS, "sysAttrs")
SYS_ATTRS = words("options", "sysAttrs")
