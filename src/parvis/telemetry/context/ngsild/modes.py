"""What a document may say depends on what it is for: the modes of reading, and what each allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Mode(Enum):
    """What is done with what is read."""

    CREATE = "create"
    """A whole new entity: id, type and values are told."""
    REPLACE = "replace"
    """A whole entity or attribute in place of another; also upsert. The id and type may be those already known."""
    APPEND = "append"
    """Whole attributes."""
    UPDATE = "update"
    """Whole attributes, or the demand to delete them; also the batch of the same name."""
    PARTIAL = "partial"
    """Some members of one attribute."""
    MERGE = "merge"
    """Some members, down into values (RFC 7396)."""
    TEMPORAL = "temporal"
    """Any number of instances of each attribute, deletions among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`whole`: an instance without value is refused. `null`: `urn:ngsi-ld:null` may stand for a value; `first_level`: for a whole
    attribute; `members`: for a sub-attribute or a member such as unitCode, and it is kept to delete that; `nested`: inside a value.
    `part`: the document is not a value of its own, whatever it looks like. `repeated`: several instances may have the same datasetId."""

    named: bool = False
    whole: bool = True
    null: bool = False
    first_level: bool = False
    members: bool = False
    nested: bool = False
    part: bool = False
    repeated: bool = False


RULES: Mapping[Mode, Rules] = {
    Mode.CREATE: Rules(named=True),
    Mode.REPLACE: Rules(),
    Mode.APPEND: Rules(),
    Mode.UPDATE: Rules(null=True, first_level=True),
    Mode.PARTIAL: Rules(whole=False, null=True, first_level=True, members=True, part=True),
    Mode.MERGE: Rules(whole=False, null=True, first_level=True, members=True, nested=True),
    Mode.TEMPORAL: Rules(null=True, repeated=True),
}
