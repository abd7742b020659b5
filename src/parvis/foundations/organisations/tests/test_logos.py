"""Logos: drawings keep what draws and lose the rest; everything else is refused or drawn again."""

import io
import re
from xml.etree import ElementTree as ET

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from parvis.foundations.organisations.logos import UnusableLogo, logo_from, monogram_svg
from parvis.foundations.organisations.logos.monogram import initials_of


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("logo.svg", content, "image/svg+xml")


def drawing(inside: str, root: str = 'viewBox="0 0 10 10"') -> bytes:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {root}>'
        f'<path d="M0 0H9"/>{inside}</svg>'
    ).encode()


def png(size: tuple[int, int] = (900, 600)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGBA", size, (200, 0, 0, 120)).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<path d="M0" onclick="alert(1)"/>',
        '<a xlink:href="javascript:alert(1)"><path d="M0"/></a>',
        '<use xlink:href="https://evil.example/x.svg#a"/>',
        '<use href="data:image/svg+xml;base64,PHN2Zz4=#a"/>',
        '<image xlink:href="https://evil.example/pixel.png"/>',
        '<image xlink:href="data:image/svg+xml;base64,PHN2Zz4="/>',
        "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='//evil.example'/></foreignObject>",
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<set attributeName="onmouseover" to="alert(1)"/>',
        "<style>@import url(https://evil.example/a.css);</style>",
        '<path d="M0" style="fill:url(https://evil.example/a)"/>',
        '<path d="M0" fill="url(https://evil.example/a#b)"/>',
        '<path d="M0" style="behavior:url(#evil)"/>',
        '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
        '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>',
        "<text>evil</text>",
        "<!-- evil --><?evil instruction?>",
    ],
)
def test_what_a_drawing_has_no_need_of_is_gone(hostile: str) -> None:
    kept = logo_from(upload(drawing(hostile)))
    assert not re.search(r"evil|alert|script|javascript|onclick|onmouseover|iframe|import|behavior|svg\+xml", kept)
    assert 'd="M0 0H9"' in kept
    ET.fromstring(kept)


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg><path d="M0"/>&a;</svg>', id="entities"),
        pytest.param(
            b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg><path d="M0"/></svg>', id="outside entity"
        ),
        pytest.param(drawing("<g>" * 40 + "</g>" * 40), id="too deep"),
        pytest.param(drawing("<g/>" * 5000), id="too many"),
        pytest.param(b"<html><path/></html>", id="another document"),
        pytest.param(b"", id="empty"),
        pytest.param(b"GIF89a", id="GIF"),
        pytest.param(png()[:200], id="truncated PNG"),
        pytest.param(b'<svg viewBox="0 0 1 1"><script>1</script></svg>', id="nothing drawn"),
        pytest.param(drawing("", root=""), id="no size"),
        pytest.param(drawing("<g/>") + b" " * 600_000, id="too heavy"),
    ],
)
def test_what_is_no_logo_is_refused_in_words(hostile: bytes) -> None:
    with pytest.raises(UnusableLogo, match="SVG ou une image PNG"):
        logo_from(upload(hostile))


def test_the_styles_of_drawing_programs_are_put_on_the_elements() -> None:
    kept = logo_from(upload(drawing('<style>.st0,.st1{fill:#e2001a;}</style><rect class="st1" width="3" height="3"/>')))
    assert 'fill="#e2001a"' in kept
    assert "style" not in kept


def test_gradients_and_references_to_the_drawing_itself_stay() -> None:
    inside = '<linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient><path fill="url(#g)" d="M1"/><use xlink:href="#g"/>'
    kept = logo_from(upload(drawing(inside)))
    assert 'fill="url(#g)"' in kept
    assert 'xlink:href="#g"' in kept
    assert 'stop-color="red"' in kept


def test_a_drawing_with_a_public_doctype_and_no_view_box() -> None:
    head = b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    assert 'viewBox="0 0 40 20"' in logo_from(upload(head + drawing("", root='width="40" height="20px"')))


def test_a_png_is_drawn_again_inside_an_svg() -> None:
    kept = logo_from(upload(png() + b"<script>appended</script>"))
    assert 'viewBox="0 0 512 341"' in kept
    assert "appended" not in kept
    assert logo_from(upload(kept.encode())).count("data:image/png;base64,") == 1


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Dijon", "D"),
        ("Dijon Métropole", "DM"),
        ("Saint-Apollinaire", "SA"),
        ("Marsannay-la-Côte", "MC"),
        ("Communauté urbaine de Dunkerque", "CD"),
        ("Les Deux Rives et Vallons", "DRV"),
        ("L’Haÿ", "H"),
        ("Le", "L"),
        ("", "?"),
    ],
)
def test_initials(name: str, initials: str) -> None:
    assert initials_of(name) == initials


def test_a_monogram_is_the_same_at_every_drawing_and_carries_no_markup() -> None:
    drawn = monogram_svg(name="<b>", slug="ahuy", colour="#823642")
    assert drawn == monogram_svg(name="<b>", slug="ahuy", colour="#823642")
    assert "&lt;" in drawn
    ET.fromstring(drawn)
