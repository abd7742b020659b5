"""The root of the ordinary APIs; each package mounts its own under /api/<name>/."""

from django.utils.translation import gettext_lazy as _

from parvis.kernel.manifest import Manifest

manifest = Manifest(name="api", label=_("Interfaces de programmation"))
