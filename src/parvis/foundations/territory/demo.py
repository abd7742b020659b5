"""The demonstration city's territory: real communes; outlines as `load_territory` finds them."""

from parvis.foundations.territory.services import load_territory
from parvis.kernel.contributions import DemoScene


def load(scene: DemoScene) -> None:
    report = load_territory(epci=scene.epci, boundaries=None, now=scene.now, progress=scene.progress)
    for note in report.notes:
        scene.progress(note)
