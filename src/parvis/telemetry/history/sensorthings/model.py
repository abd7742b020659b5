"""The entities of SensorThings and how they lead to each other (OGC 18-088, 8.2).

A thing of the city is a Thing, its own FeatureOfInterest and, when it has a place, a Location and a HistoricalLocation, all under the
same number. An attribute of it that is observed is a Datastream.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType


class Level(Enum):
    """What one row of a set stands for; the value names the columns by which others are found from it."""

    ENTITY = ("entity",)
    STREAM = ("entity", "attribute", "name", "source")
    OBSERVATION = ("entity", "attribute", "instant")
    PROPERTY = ("name",)
    SENSOR = ("name", "source")

    @property
    def order(self) -> tuple[str, ...]:
        """The columns that put the rows in an order, none of them ever null."""
        columns: tuple[str, ...] = self.value
        return columns[:2] if self is Level.STREAM else columns


class Kind(StrEnum):
    """By the name of its set."""

    THING = "Things"
    LOCATION = "Locations"
    HISTORICAL_LOCATION = "HistoricalLocations"
    DATASTREAM = "Datastreams"
    SENSOR = "Sensors"
    OBSERVED_PROPERTY = "ObservedProperties"
    OBSERVATION = "Observations"
    FEATURE_OF_INTEREST = "FeaturesOfInterest"

    @property
    def level(self) -> Level:
        return _LEVELS.get(self, Level.ENTITY)


_LEVELS = {
    Kind.DATASTREAM: Level.STREAM,
    Kind.OBSERVATION: Level.OBSERVATION,
    Kind.OBSERVED_PROPERTY: Level.PROPERTY,
    Kind.SENSOR: Level.SENSOR,
}

LOCATED = frozenset((Kind.LOCATION, Kind.HISTORICAL_LOCATION))
"""Kinds that a thing without a place does not have."""


@dataclass(frozen=True, slots=True)
class Navigation:
    kind: Kind
    many: bool


def _many(kind: Kind) -> Navigation:
    return Navigation(kind, True)


def _one(kind: Kind) -> Navigation:
    return Navigation(kind, False)


NAVIGATIONS: Mapping[Kind, Mapping[str, Navigation]] = MappingProxyType(
    {
        Kind.THING: {
            "Locations": _many(Kind.LOCATION),
            "HistoricalLocations": _many(Kind.HISTORICAL_LOCATION),
            "Datastreams": _many(Kind.DATASTREAM),
        },
        Kind.LOCATION: {
            "Things": _many(Kind.THING),
            "HistoricalLocations": _many(Kind.HISTORICAL_LOCATION),
        },
        Kind.HISTORICAL_LOCATION: {"Thing": _one(Kind.THING), "Locations": _many(Kind.LOCATION)},
        Kind.DATASTREAM: {
            "Thing": _one(Kind.THING),
            "Sensor": _one(Kind.SENSOR),
            "ObservedProperty": _one(Kind.OBSERVED_PROPERTY),
            "Observations": _many(Kind.OBSERVATION),
        },
        Kind.SENSOR: {"Datastreams": _many(Kind.DATASTREAM)},
        Kind.OBSERVED_PROPERTY: {"Datastreams": _many(Kind.DATASTREAM)},
        Kind.OBSERVATION: {
            "Datastream": _one(Kind.DATASTREAM),
            "FeatureOfInterest": _one(Kind.FEATURE_OF_INTEREST),
        },
        Kind.FEATURE_OF_INTEREST: {"Observations": _many(Kind.OBSERVATION)},
    }
)

ID_NAMES = frozenset(("id", "@iot.id"))
SELF_LINK = "@iot.selfLink"
