"""What a mapping makes of uplinks that were received, before it is kept: the same values and doubts as ingestion gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parvis.telemetry.devices.mapping import FieldMapping, Scalar


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A message to look at a mapping through. `decoded` None: its codec failed, as `failure` says. `at` None: an example."""

    name: str
    decoded: Mapping[str, Any] | None
    at: datetime | None = None
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one line of the mapping makes of one sample; `value` None: the field is not there. `quality` as ingestion marks it."""

    sample: Sample
    value: Scalar | None
    quality: str = ""


def seen_through(line: FieldMapping, samples: Sequence[Sample]) -> list[Seen]:
    """One a sample, in their order. Speeds are told from the sample before of the same name; doubtful values are no base for them."""
    latest: dict[str, tuple[datetime, Scalar]] = {}
    found: dict[int, Seen] = {}
    for index in sorted(range(len(samples)), key=lambda index: _when(samples[index])):
        sample = samples[index]
        value = line.read(sample.decoded) if sample.decoded is not None else None
        quality = line.quality(value) if value is not None else ""
        if value is not None and sample.at is not None and not quality:
            if before := latest.get(sample.name):
                quality = line.quality_after(value, previous=before[1], elapsed=sample.at - before[0])
            if not quality:
                latest[sample.name] = sample.at, value
        found[index] = Seen(sample=sample, value=value, quality=quality)
    return [found[index] for index in range(len(samples))]


def _when(sample: Sample) -> float:
    return sample.at.timestamp() if sample.at else 0.0
