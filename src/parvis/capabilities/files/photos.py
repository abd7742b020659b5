"""From what a person sends to a photo that is safe to keep and to show.

Nothing of the upload survives but its pixels: the content decides the format, whatever the name or the declared type says,
and re-encoding drops EXIF (place, camera, owner), comments and whatever was appended. The place is read first.
"""

import io
import warnings
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image

from parvis.kernel.errors import Refusal

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 20_000_000
MAX_PIXELS = {"JPEG": 80_000_000, "MPO": 80_000_000, "PNG": 40_000_000, "WEBP": 40_000_000}
"""Pixels cost three bytes each once decoded, which is what a bomb aims at; a JPEG is decoded at a fraction of its size."""
LARGE_PX = 2048
SMALL_PX = 480
QUALITY = 84

_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation (Exif 3.0, 4.6.5)."""

Place = tuple[float, float]


class PhotoTooLarge(Refusal):
    """More bytes, or more pixels, than a photo of a telephone."""

    status = 413
    code = "photo-too-large"
    message = _("Cette photo est trop lourde : 20 Mo au plus. Réduisez-la ou prenez-en une autre.")


class NotAPhoto(Refusal):
    """The content is no JPEG, PNG or WebP image, or it is damaged."""

    code = "not-a-photo"
    message = _("Ce fichier n’est pas une photo que nous savons lire. Envoyez une image JPEG, PNG ou WebP.")


@dataclass(frozen=True, kw_only=True)
class Photo:
    """JPEG, upright, without metadata; `large` is at most 2048 pixels wide and high, `small` 480."""

    large: bytes
    small: bytes
    width: int
    height: int
    taken_at: Place | None
    """(longitude, latitude), EPSG:4326, as the camera noted it."""


def photo_from(upload: "UploadedFile[Any]") -> Photo:
    """Raises `PhotoTooLarge`, `NotAPhoto`."""
    if upload.size is not None and upload.size > MAX_BYTES:
        raise PhotoTooLarge
    content = upload.open("rb").read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise PhotoTooLarge
    return decoded(content)


def decoded(content: bytes) -> Photo:
    """Raises `PhotoTooLarge`, `NotAPhoto`."""
    with warnings.catch_warnings():
        # Pillow warns of bombs from half its own limit on, and of damaged EXIF: the limit here is ours, EXIF is optional.
        warnings.simplefilter("ignore")
        try:
            _verify(io.BytesIO(content))
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                place = _place(image)
                image.draft("RGB", (LARGE_PX, LARGE_PX))
                upright = _flat(_upright(image))
        except Image.DecompressionBombError as error:
            raise PhotoTooLarge from error
        except Refusal:
            raise
        except (
            Exception
        ) as error:  # given hostile bytes, decoders raise whatever their code happens to: struct.error, IndexError…
            raise NotAPhoto(_heic_message(content)) from error
    large = _within(upright, LARGE_PX)
    return Photo(
        large=_jpeg(large),
        small=_jpeg(_within(large, SMALL_PX)),
        width=large.width,
        height=large.height,
        taken_at=place,
    )


def _verify(stream: BinaryIO) -> None:
    """Structure and dimensions, before a single pixel is decoded."""
    with Image.open(stream, formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS[image.format or FORMATS[0]]:
            raise PhotoTooLarge
        image.verify()


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera noted. Not `ImageOps.exif_transpose`, which fails on damaged EXIF that it cannot write again."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # whatever damaged bytes make Pillow raise: the photo is kept, unturned
        orientation = None
    return image.transpose(_TURNED[orientation]) if orientation in _TURNED else image


def _flat(image: Image.Image) -> Image.Image:
    """RGB; what was transparent becomes white. Loads the pixels: a truncated file fails here."""
    image.load()
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        ground = Image.new("RGB", rgba.size, "white")
        ground.paste(rgba, mask=rgba.getchannel("A"))
        return ground
    return image.convert("RGB")


def _within(image: Image.Image, most_px: int) -> Image.Image:
    small = image.copy()
    small.thumbnail((most_px, most_px), Image.Resampling.LANCZOS)
    return small


def _jpeg(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return stream.getvalue()


def _place(image: Image.Image) -> Place | None:
    """From the GPS tags (Exif 3.0, 4.6.6); None when absent, damaged or out of range."""
    try:
        tags = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        latitude = _degrees(tags[ExifTags.GPS.GPSLatitude], tags[ExifTags.GPS.GPSLatitudeRef], "S")
        longitude = _degrees(tags[ExifTags.GPS.GPSLongitude], tags[ExifTags.GPS.GPSLongitudeRef], "W")
    except Exception:  # the same: a photo without a readable place is still a photo
        return None
    in_range = abs(latitude) <= 90 and abs(longitude) <= 180
    # Cameras that have no fix yet write zeros, a place in the Atlantic.
    return (longitude, latitude) if in_range and (longitude, latitude) != (0.0, 0.0) else None


def _degrees(parts: tuple[float, float, float], reference: str, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = round(degrees + minutes / 60 + seconds / 3600, 6)
    return -value if reference.upper().startswith(negative) else value


def _heic_message(content: bytes) -> str | Promise | None:
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"avif"):
        return _("Les photos HEIC ou AVIF ne sont pas encore lues. Envoyez cette photo au format JPEG.")
    return None
