"""Images made on the spot, for tests of every package that takes photos."""

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image


def image_bytes(
    kind: str = "JPEG",
    *,
    size: tuple[int, int] = (64, 48),
    colour: Any = (200, 30, 30),
    mode: str = "RGB",
    place: tuple[float, float] | None = None,
    orientation: int | None = None,
    **options: Any,
) -> bytes:
    """`place` (longitude, latitude) and `orientation` are written as a camera writes them."""
    image = Image.new(mode, size, colour)
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Appareil de Mme Durand"
    if orientation is not None:
        exif[ExifTags.Base.Orientation] = orientation
    if place is not None:
        longitude, latitude = place
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {
                ExifTags.GPS.GPSLatitudeRef: "N" if latitude >= 0 else "S",
                ExifTags.GPS.GPSLatitude: _sexagesimal(latitude),
                ExifTags.GPS.GPSLongitudeRef: "E" if longitude >= 0 else "W",
                ExifTags.GPS.GPSLongitude: _sexagesimal(longitude),
            }
        )
    stream = io.BytesIO()
    image.save(stream, kind, **({"exif": exif} if kind in {"JPEG", "PNG", "WEBP"} else {}), **options)
    return stream.getvalue()


def make_upload(
    content: bytes | None = None, *, name: str = "photo.jpg", declared: str = "image/jpeg", **image: Any
) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, image_bytes(**image) if content is None else content, declared)


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    whole = abs(degrees)
    minutes = (whole - int(whole)) * 60
    return float(int(whole)), float(int(minutes)), round((minutes - int(minutes)) * 60, 4)
