"""What is made of an upload: formats, orientation, place, and all that is not a photo."""

import io
import struct
import zlib

import pytest
from PIL import ExifTags, Image, ImageOps

from parvis.capabilities.files import photos
from parvis.capabilities.files.photos import NotAPhoto, PhotoTooLarge, photo_from
from parvis.capabilities.files.tests.factories import image_bytes, make_upload


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_formats_whatever_the_name_says(kind: str) -> None:
    photo = photo_from(make_upload(image_bytes(kind), name="document.pdf", declared="application/pdf"))
    assert (photo.width, photo.height) == (64, 48)
    assert opened(photo.large).format == opened(photo.small).format == "JPEG"


def test_large_photos_are_brought_to_size() -> None:
    photo = photo_from(make_upload(size=(4000, 3000)))
    assert opened(photo.large).size == (photo.width, photo.height) == (2048, 1536)
    assert opened(photo.small).size == (480, 360)


def test_small_photos_are_not_enlarged() -> None:
    assert opened(photo_from(make_upload(size=(30, 20))).large).size == (30, 20)


def test_nothing_of_the_camera_remains() -> None:
    content = image_bytes(place=(5.0415, 47.322)) + b"<script>appended</script>"
    assert b"Durand" in content
    photo = photo_from(make_upload(content))
    for kept in (photo.large, photo.small):
        assert b"Durand" not in kept
        assert b"script" not in kept
        assert dict(opened(kept).getexif()) == {}


@pytest.mark.parametrize(
    "place",
    [
        pytest.param((5.0415, 47.322), id="Dijon"),
        pytest.param((-61.07, 14.6), id="west"),
        pytest.param((55.45, -20.88), id="south"),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_the_place_is_read_before_it_is_dropped(kind: str, place: tuple[float, float]) -> None:
    assert photo_from(make_upload(kind=kind, place=place)).taken_at == pytest.approx(place, abs=1e-5)


@pytest.mark.parametrize("place", [None, (0.0, 0.0), (200.0, 95.0)])
def test_no_place_rather_than_a_wrong_one(place: tuple[float, float] | None) -> None:
    assert photo_from(make_upload(place=place)).taken_at is None


def test_a_photo_taken_upright_stands_upright() -> None:
    # Orientation 6: the camera was turned; the reader has to turn it by 90 degrees clockwise.
    image = Image.new("RGB", (60, 40), "white")
    image.paste((255, 0, 0), (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif, quality=95)
    upright = opened(photo_from(make_upload(stream.getvalue())).large)
    assert upright.size == (40, 60)
    red, green, _blue = upright.getpixel((36, 4))
    assert red > 200
    assert green < 80


def test_transparency_becomes_white() -> None:
    photo = photo_from(make_upload(image_bytes("PNG", mode="RGBA", colour=(0, 0, 0, 0))))
    assert opened(photo.large).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1"])
def test_other_colour_modes(mode: str) -> None:
    kind = "JPEG" if mode in {"L", "CMYK"} else "PNG"
    assert opened(photo_from(make_upload(image_bytes(kind, mode=mode, colour=0))).large).mode == "RGB"


def png_bomb(width: int, height: int) -> bytes:
    """A few hundred bytes that claim to be gigapixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(50_000, 50_000), (10_000, 5_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoTooLarge):
        photo_from(make_upload(png_bomb(*size)))


def test_thirty_megabytes_are_refused_in_words() -> None:
    with pytest.raises(PhotoTooLarge, match="20 Mo"):
        photo_from(make_upload(image_bytes() + b"\0" * 30_000_000))


def test_a_size_that_lies_is_refused_all_the_same() -> None:
    upload = make_upload(b"\0" * (photos.MAX_BYTES + 1))
    upload.size = 10
    with pytest.raises(PhotoTooLarge):
        photo_from(upload)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"%PDF-1.7 ...", id="PDF"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", id="SVG"),
        pytest.param(image_bytes("GIF"), id="GIF"),
        pytest.param(image_bytes("BMP"), id="BMP"),
        pytest.param(image_bytes("TIFF"), id="TIFF"),
        pytest.param(image_bytes(size=(400, 400))[:700], id="truncated JPEG"),
        pytest.param(image_bytes("PNG", size=(400, 400))[:-40], id="truncated PNG"),
        pytest.param(b"\xff\xd8\xff\xe0" + b"\0" * 500, id="JPEG in name only"),
        pytest.param(png_bomb(100, 100), id="PNG without its pixels"),
    ],
)
def test_what_is_no_photo_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(NotAPhoto, match="JPEG, PNG ou WebP"):
        photo_from(make_upload(content))


def chunkless_png() -> bytes:
    """A header and an end: Pillow looks for the pixels in an empty list."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def test_a_png_that_breaks_the_decoder_is_refused_too() -> None:
    with pytest.raises(NotAPhoto):
        photo_from(make_upload(chunkless_png()))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_undone(orientation: int) -> None:
    upright = Image.effect_noise((64, 48), 80).convert("RGB")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    stream = io.BytesIO()
    upright.save(stream, "PNG", exif=exif)
    turned = ImageOps.exif_transpose(Image.open(stream))
    expected = io.BytesIO()
    turned.save(expected, "JPEG", quality=photos.QUALITY, optimize=True, progressive=True)
    assert photo_from(make_upload(stream.getvalue())).large == expected.getvalue()


def test_exif_that_cannot_be_written_again_does_not_lose_the_photo() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.ImageWidth] = 1
    content = io.BytesIO()
    Image.new("RGB", (64, 48)).save(content, "JPEG", exif=exif)
    damaged = (
        content.getvalue()
        .replace(b"\x01\x00\x00\x04", b"\x01\x00\x00\x0b")
        .replace(b"\x00\x01\x04\x00", b"\x00\x01\x02\x00")
    )
    assert damaged != content.getvalue()
    photo = photo_from(make_upload(damaged))
    assert (photo.width, photo.height) == (48, 64)


def test_heic_is_told_apart() -> None:
    with pytest.raises(NotAPhoto, match="HEIC"):
        photo_from(make_upload(b"\0\0\0\x18ftypheic" + b"\0" * 100))


def test_damaged_exif_does_not_lose_the_photo() -> None:
    content = image_bytes(place=(5.0, 47.0)).replace(b"N\0", b"\xff\xff", 1)
    assert photo_from(make_upload(content)).width == 64
