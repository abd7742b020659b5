from django.utils.translation import gettext_lazy as _

from parvis.capabilities.files.drafts import purge_held
from parvis.capabilities.files.models import StoredFile
from parvis.capabilities.files.services import KEEP_DAYS, purge
from parvis.kernel.contributions import Job, Retention
from parvis.kernel.manifest import Manifest

manifest = Manifest(
    name="files",
    label=_("Photos"),
    provides=(
        Retention(
            model=StoredFile,
            purpose=_("Montrer le problème signalé et le travail fait"),
            legal_basis=_("Mission d’intérêt public (RGPD, article 6.1.e)"),
            personal_fields=("sha256", "owner_urn"),
            keep_days=KEEP_DAYS,
            purge=purge,
            starts=_("réception de la photo"),
        ),
        Job(code="held", label=_("Effacer les photos de formulaires abandonnés"), run=purge_held, every_s=3600),
    ),
)
