"""Files out of a folder or an archive: those that can matter, and no more than can be looked at."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext_lazy as _

from parvis.kernel.errors import Refusal

ENDINGS = (".js", ".yaml", ".yml", ".toml", ".json")
LARGEST_FILE = 1 << 20
_LARGEST_IN_ALL = 32 << 20
_MOST_FILES = 2000


class ArchiveRefused(Refusal):
    """Ce fichier n’est pas une archive ZIP lisible."""

    code = "devices-archive"
    message = _("Ce fichier n’est pas une archive ZIP lisible, ou elle contient trop de fichiers.")


def unpacked(name: str, data: bytes) -> dict[str, bytes]:
    """The files of a ZIP archive; of anything else, itself. Raises `ArchiveRefused`.

    What is too large is left out, whatever the archive says of its size.
    """
    if not name.lower().endswith(".zip"):
        return {name: data} if _matters(name) and len(data) <= LARGEST_FILE else {}
    files: dict[str, bytes] = {}
    left = _LARGEST_IN_ALL
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if _matters(entry.filename)]
            if len(entries) > _MOST_FILES:
                raise ArchiveRefused
            for entry in entries:
                with archive.open(entry) as opened:
                    content = opened.read(min(LARGEST_FILE, left) + 1)
                if len(content) <= min(LARGEST_FILE, left):
                    files[entry.filename] = content
                    left -= len(content)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
    ) as error:
        raise ArchiveRefused from error  # damaged, encrypted, compressed in a way that we cannot read
    except Exception as error:
        if type(error).__module__ in {"zlib", "_lzma"}:
            raise ArchiveRefused from error
        raise
    return files


def collect(path: Path) -> dict[str, bytes]:
    """A file, an archive, or a folder with all below it; names begin with the folder's own. Raises `ArchiveRefused`, OSError."""
    if not path.is_dir():
        return unpacked(path.name, path.read_bytes())
    root = path.resolve()
    found = sorted(one for one in root.rglob("*") if one.is_file() and _matters(one.name))
    if len(found) > _MOST_FILES:
        raise ArchiveRefused
    return {
        str(PurePosixPath(root.name, one.relative_to(root).as_posix())): one.read_bytes()
        for one in found
        if one.stat().st_size <= LARGEST_FILE
    }


def decoded(data: bytes) -> str:
    """Text, in UTF-8 or as Windows wrote it; lines end as ours. PostgreSQL keeps no NUL."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\0", "\ufffd")


def normalised(files: Mapping[str, bytes]) -> dict[PurePosixPath, str]:
    """Their text, by path, in order."""
    paths = {PurePosixPath(name.replace("\\", "/").lstrip("/")): data for name, data in files.items()}
    return {path: decoded(paths[path]) for path in sorted(paths) if _matters(str(path)) and ".." not in path.parts}


def _matters(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return path.suffix.lower() in ENDINGS and not hidden
