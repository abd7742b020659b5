"""Verbs that change the territory."""

from parvis.foundations.territory.services.districts import load_districts
from parvis.foundations.territory.services.report import LoadReport, Provenance
from parvis.foundations.territory.services.territory import TerritoryAlreadyLoaded, load_territory

__all__ = ["LoadReport", "Provenance", "TerritoryAlreadyLoaded", "load_districts", "load_territory"]
