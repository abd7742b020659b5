"""What became of a file, row by row."""

import csv
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """`line` of the file where the row begins (1 is the header); in a GeoJSON, the rank of the feature."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    created: int
    updated: int
    unchanged: int
    rejected: tuple[Rejected, ...] = ()
    dry_run: bool = False

    def __str__(self) -> str:
        counts = _("%(created)d créés, %(updated)d modifiés, %(unchanged)d inchangés, %(rejected)d rejetés") % {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": len(self.rejected),
        }
        return _("À blanc, rien n’est enregistré : %(counts)s") % {"counts": counts} if self.dry_run else counts


def write_rejected(report: LoadReport, path: Path) -> None:
    """As a spreadsheet in French opens it: UTF-8 with BOM, semicolons."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(["line", "reason"])
        rows.writerows((one.line, one.reason) for one in report.rejected)
