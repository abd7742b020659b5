from django.utils.translation import gettext_lazy as _

from parvis.domains.waste import demo, simulation
from parvis.domains.waste.entities import waste_container
from parvis.kernel.contributions import Demo, Simulated
from parvis.kernel.manifest import Manifest

manifest = Manifest(
    name="waste",
    label=_("Déchets"),
    provides=(waste_container, Demo(load=demo.load, order=40), Simulated(code="waste", step=simulation.step)),
)
