from django.utils.translation import gettext_lazy as _

from parvis.domains.environment import demo, simulation
from parvis.domains.environment.entities import air_quality_observed
from parvis.kernel.contributions import Demo, Simulated
from parvis.kernel.manifest import Manifest

manifest = Manifest(
    name="environment",
    label=_("Environnement"),
    provides=(
        air_quality_observed,
        Demo(load=demo.load, order=40),
        Simulated(code="environment", step=simulation.step),
    ),
)
