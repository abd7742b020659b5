"""Codecs as makers publish them: a bare `.js`, a folder of The Things Network's device repository, of ChirpStack device profiles.

Files come in as names with their bytes, however they arrived; nothing of a maker is ever copied into Parvis but into the
database of the city that imports it.
"""

from .files import ArchiveRefused, collect, unpacked
from .keeping import import_codec, import_package
from .packages import NothingToImport, Package, SeveralCodecs, read_package, read_packages

__all__ = [
    "ArchiveRefused",
    "NothingToImport",
    "Package",
    "SeveralCodecs",
    "collect",
    "import_codec",
    "import_package",
    "read_package",
    "read_packages",
    "unpacked",
]
