from django.utils.translation import gettext_lazy as _

from parvis.domains.waste import demo, simulation
from parvis.domains.waste.entities import waste_container
from parvis.kernel.contributions import Demo, Resource, Simulated
from parvis.kernel.manifest import Manifest
from parvis.telemetry.context.selectors import page_of

manifest = Manifest(
    name="waste",
    label=_("Déchets"),
    provides=(
        waste_container,
        Resource(type=waste_container.name, label=waste_container.label, page=page_of),
        Demo(load=demo.load, order=40),
        Simulated(code="waste", step=simulation.step),
    ),
)
