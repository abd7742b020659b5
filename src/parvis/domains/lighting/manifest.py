from django.utils.translation import gettext_lazy as _

from parvis.domains.lighting import demo
from parvis.domains.lighting.entities import cabinet, streetlight
from parvis.kernel.contributions import Demo
from parvis.kernel.manifest import Manifest

manifest = Manifest(
    name="lighting",
    label=_("Éclairage public"),
    provides=(streetlight, cabinet, Demo(load=demo.load, order=40)),
)
