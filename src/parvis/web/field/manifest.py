from django.utils.translation import gettext_lazy as _

from parvis.kernel.manifest import Manifest

manifest = Manifest(name="field", label=_("Terrain"))
