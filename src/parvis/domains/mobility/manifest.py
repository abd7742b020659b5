from django.utils.translation import gettext_lazy as _

from parvis.domains.mobility import demo, simulation
from parvis.domains.mobility.entities import off_street_parking
from parvis.kernel.contributions import Demo, Simulated
from parvis.kernel.manifest import Manifest

manifest = Manifest(
    name="mobility",
    label=_("Mobilité"),
    provides=(off_street_parking, Demo(load=demo.load, order=40), Simulated(code="mobility", step=simulation.step)),
)
