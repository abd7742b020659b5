from django.utils.translation import gettext_lazy as _

from parvis.domains.mobility import demo, simulation
from parvis.domains.mobility.entities import off_street_parking
from parvis.kernel.contributions import Demo, Resource, Simulated
from parvis.kernel.manifest import Manifest
from parvis.telemetry.context.selectors import page_of

manifest = Manifest(
    name="mobility",
    label=_("Mobilité"),
    provides=(
        off_street_parking,
        Resource(type=off_street_parking.name, label=off_street_parking.label, page=page_of),
        Demo(load=demo.load, order=40),
        Simulated(code="mobility", step=simulation.step),
    ),
)
