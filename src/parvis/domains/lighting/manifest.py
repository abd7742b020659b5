from django.utils.translation import gettext_lazy as _

from parvis.domains.lighting import demo, simulation
from parvis.domains.lighting.entities import cabinet, streetlight
from parvis.kernel.contributions import Demo, Simulated
from parvis.kernel.manifest import Manifest

manifest = Manifest(
    name="lighting",
    label=_("Éclairage public"),
    provides=(streetlight, cabinet, Demo(load=demo.load, order=40), Simulated(code="lighting", step=simulation.step)),
)
