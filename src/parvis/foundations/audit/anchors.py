"""Copies of the head outside the database: who can rewrite the whole chain cannot rewrite what was copied elsewhere.

One JSON object a line, appended: `{"at": …, "position": …, "hash": …}`. Copy the file off the machine (docs/audit.md).
"""

import json
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings

from parvis.foundations.audit import rules
from parvis.foundations.audit.models import Head


class BrokenAnchor(ValueError):
    """A line of the anchor file is not an anchor."""


def anchor_file() -> Path:
    return Path(settings.PARVIS_HOME) / "audit-anchors.jsonl"


def read_anchors(path: Path) -> tuple[rules.Anchor, ...]:
    """Raises `BrokenAnchor` with the number of the line."""
    if not path.exists():
        return ()
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            fields = json.loads(line)
            found.append(
                rules.Anchor(
                    at=datetime.fromisoformat(fields["at"]),
                    position=int(fields["position"]),
                    hash=bytes.fromhex(fields["hash"]),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BrokenAnchor(f"{path}: line {number} is not an anchor") from error
    return tuple(found)


def write_anchor(path: Path, now: datetime) -> rules.Anchor | None:
    """Appends the present head, durably; None when the journal is empty or has not moved since the last anchor."""
    row = Head.objects.first()
    head = row.value() if row else None
    if head is None or head.position == 0:
        return None
    known = read_anchors(path)
    if known and known[-1].position == head.position:
        return None
    anchor = rules.Anchor(at=now, position=head.position, hash=head.hash)
    line = json.dumps({"at": now.isoformat(), "position": anchor.position, "hash": anchor.hash.hex()})
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    return anchor


def write_daily_anchor(now: datetime) -> rules.Anchor | None:
    return write_anchor(anchor_file(), now)
