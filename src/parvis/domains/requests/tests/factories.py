"""Requests for tests: two communes side by side, a metropolis that lights both, each commune its own cleaning."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image

from parvis.domains.requests import tracking
from parvis.domains.requests.models import Category, Request
from parvis.domains.requests.services.categories import ensure_categories
from parvis.domains.requests.services.intake import ReportDraft, receive_request
from parvis.foundations.organisations.models import Organisation
from parvis.foundations.organisations.rules import Subject
from parvis.foundations.organisations.tests.factories import make_commune_organisation, make_competence, make_metropolis
from parvis.foundations.territory.models import Area
from parvis.foundations.territory.tests.factories import make_commune, make_epci

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
IN_A = (5.05, 47.05)
IN_B = (5.15, 47.05)
OUTSIDE = (5.25, 47.05)
"""One commune's width east of B: about 3.8 km from its border."""


@dataclass(frozen=True, kw_only=True)
class City:
    epci: Area
    area_a: Area
    area_b: Area
    metropolis: Organisation
    town_a: Organisation
    town_b: Organisation


def make_city() -> City:
    ensure_categories()
    epci = make_epci()
    area_a = make_commune(parent=epci, rank=0, code="99001", name="Aubépine")
    area_b = make_commune(parent=epci, rank=1, code="99002", name="Bruyère")
    metropolis = make_metropolis(area=epci, domains=["requests", "interventions"])
    town_a = make_commune_organisation(area=area_a, slug="aubepine", name="Ville d’Aubépine", domains=["requests"])
    town_b = make_commune_organisation(area=area_b, slug="bruyere", name="Ville de Bruyère", domains=["requests"])
    make_competence(metropolis, Subject.LIGHTING, epci)
    make_competence(metropolis, Subject.ROADS, epci)
    make_competence(town_a, Subject.CLEANING, area_a)
    make_competence(town_b, Subject.CLEANING, area_b)
    return City(epci=epci, area_a=area_a, area_b=area_b, metropolis=metropolis, town_a=town_a, town_b=town_b)


def category(code: str = "street-light") -> Category:
    return Category.objects.get(code=code)


def make_draft(**fields: Any) -> ReportDraft:
    given = {
        "submission": uuid4(),
        "category": fields.pop("category", None) or category(),
        "description": "Lampadaire éteint devant l’école.",
        "longitude": IN_A[0],
        "latitude": IN_A[1],
    }
    return ReportDraft(**{**given, **fields})


def make_request(*, now: datetime = NOW, **fields: Any) -> Request:
    """Through the same door as everybody's."""
    service_request, _is_new = receive_request(draft=make_draft(**fields), now=now)
    return service_request


def code_of(service_request: Request) -> str:
    code = tracking.recall(service_request.code_seed, service_request.code_fingerprint)
    assert code is not None
    return code


def later(minutes: int = 1) -> datetime:
    return NOW + timedelta(minutes=minutes)


def photo(
    *, place: tuple[float, float] | None = None, colour: str = "grey", name: str = "photo.jpg"
) -> SimpleUploadedFile:
    """A JPEG; with `place` (longitude, latitude) in its EXIF, east and north."""
    image = Image.new("RGB", (64, 48), colour)
    exif = Image.Exif()
    if place:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLatitudeRef] = "E", "N"
        gps[ExifTags.GPS.GPSLongitude] = (place[0], 0.0, 0.0)
        gps[ExifTags.GPS.GPSLatitude] = (place[1], 0.0, 0.0)
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif)
    return SimpleUploadedFile(name, stream.getvalue(), "image/jpeg")
