"""From an uploaded logo, SVG or PNG, to the SVG that is kept."""

import base64
import io
import warnings
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from parvis.foundations.organisations.logos.svg import NotSvg, sanitised
from parvis.kernel.errors import Refusal

MAX_BYTES = 500_000
PNG_MAX_PX = 512
PNG_MAX_PIXELS = 20_000_000
"""80 MB once decoded."""


class UnusableLogo(Refusal):
    """Neither a drawing in SVG nor a PNG image, or too heavy."""

    code = "unusable-logo"
    message = _("Ce logo ne peut pas être utilisé : envoyez un dessin SVG ou une image PNG de 500 ko au plus.")


def logo_from(upload: "UploadedFile[Any]") -> str:
    """SVG text, safe to serve: a PNG is drawn again and carried in one. Raises `UnusableLogo`."""
    content = upload.open("rb").read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise UnusableLogo
    if content.startswith(b"\x89PNG"):
        return _from_png(content)
    try:
        return sanitised(content)
    except NotSvg as error:
        raise UnusableLogo from error


def _from_png(content: bytes) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
                if image.width * image.height > PNG_MAX_PIXELS:
                    raise UnusableLogo
                drawn = image.convert("RGBA")
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
            raise UnusableLogo from error
    drawn.thumbnail((PNG_MAX_PX, PNG_MAX_PX), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    drawn.save(stream, "PNG", optimize=True)
    data = base64.b64encode(stream.getvalue()).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {drawn.width} {drawn.height}"><image width="{drawn.width}" height="{drawn.height}" '
        f'xlink:href="data:image/png;base64,{data}"/></svg>'
    )
