"""Names of things, processes and people: `urn:ngsi-ld:<Type>:<local>` (ETSI GS CIM 009 V1.8.1, 4.6.3 and annex A)."""

import re
from dataclasses import dataclass

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_LOCAL = re.compile(r"[A-Za-z0-9()+,\-.:=@;$_!*'%/?#~&\[\]]+\Z")


class MalformedUrn(ValueError):
    """The text is not `urn:ngsi-ld:<Type>:<local>`."""


@dataclass(frozen=True, slots=True)
class Urn:
    type: str
    local: str

    def __post_init__(self) -> None:
        if not _TYPE.match(self.type) or not _LOCAL.match(self.local):
            raise MalformedUrn(f"not a URN: type {self.type!r}, local part {self.local!r}")

    @classmethod
    def parse(cls, text: str) -> "Urn":
        parts = text.split(":", 3)
        if len(parts) != 4 or parts[0].lower() != "urn" or parts[1].lower() != "ngsi-ld":
            raise MalformedUrn(f"not an NGSI-LD URN: {text!r}")
        return cls(parts[2], parts[3])

    def __str__(self) -> str:
        return f"urn:ngsi-ld:{self.type}:{self.local}"


SYSTEM = Urn("System", "parvis")
"""The actor of what nobody in particular did."""
