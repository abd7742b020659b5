"""What became of a list of devices, row by row."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from parvis.telemetry.devices.rules.device_list import RefusedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A row that makes or changes a device; `fields` are the names of what changes."""

    line: int
    eui: str
    name: str
    is_new: bool
    fields: tuple[str, ...] = ()
    thing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`told` are the first of those created and changed. `device_ids` are those of the rows kept; none of a dry run."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    things: int = 0
    refused: tuple[RefusedRow, ...] = ()
    told: tuple[Told, ...] = ()
    device_ids: tuple[int, ...] = ()
    key_columns: tuple[str, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def kept(self) -> int:
        return self.created + self.changed + self.unchanged

    def __str__(self) -> str:
        counts = _(
            "%(created)d créés, %(changed)d modifiés, %(unchanged)d inchangés, %(refused)d refusés, %(things)d équipements créés"
        ) % {
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": len(self.refused),
            "things": self.things,
        }
        return _("À blanc, rien n’est enregistré : %(counts)s") % {"counts": counts} if self.dry_run else counts
