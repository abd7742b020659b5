from django.utils.translation import gettext_lazy as _

from parvis.domains.water import demo, simulation
from parvis.domains.water.entities import flood_monitoring
from parvis.kernel.contributions import Demo, Resource, Simulated
from parvis.kernel.manifest import Manifest
from parvis.telemetry.context.selectors import page_of

manifest = Manifest(
    name="water",
    label=_("Eau"),
    provides=(
        flood_monitoring,
        Resource(type=flood_monitoring.name, label=flood_monitoring.label, page=page_of),
        Demo(load=demo.load, order=40),
        Simulated(code="water", step=simulation.step),
    ),
)
