from django.utils.translation import gettext_lazy as _

from parvis.domains.water import demo, simulation
from parvis.domains.water.entities import flood_monitoring
from parvis.kernel.contributions import Demo, Simulated
from parvis.kernel.manifest import Manifest

manifest = Manifest(
    name="water",
    label=_("Eau"),
    provides=(flood_monitoring, Demo(load=demo.load, order=40), Simulated(code="water", step=simulation.step)),
)
