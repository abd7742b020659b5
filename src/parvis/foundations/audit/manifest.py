from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from parvis.foundations.audit import services
from parvis.foundations.audit.anchors import write_daily_anchor
from parvis.foundations.audit.models import Entry, Head
from parvis.kernel.contributions import Job, Menu, NoPersonalData, Permission, Retention, Shell
from parvis.kernel.manifest import Manifest

KEEP_DAYS = 5 * 365  # the time within which a right can be claimed (article 2224 of the Code civil)


def _purge(now: datetime) -> int:
    return services.purge(before=now - timedelta(days=KEEP_DAYS), now=now)


manifest = Manifest(
    name="audit",
    label=_("Journal"),
    provides=(
        Permission(code="view", label=_("Consulter le journal")),
        Permission(code="export", label=_("Exporter le journal")),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Journal"),
            view="backoffice:audit:index",
            icon="scroll-text",
            permission="audit.view",
            order=92,
        ),
        Job(
            code="audit-anchor",
            label=_("Copier la tête du journal hors de la base"),
            run=write_daily_anchor,
            every_s=24 * 3600,
        ),
        Retention(
            model=Entry,
            purpose=_("Prouver qui a fait quoi, et détecter les accès indus"),
            legal_basis=_("Obligation légale de sécurité (RGPD, article 32)"),
            personal_fields=("actor", "urn"),
            keep_days=KEEP_DAYS,
            purge=_purge,
            starts=_("l’inscription au journal"),
        ),
        NoPersonalData(model=Head, why="one row: a position and a hash"),
    ),
)
