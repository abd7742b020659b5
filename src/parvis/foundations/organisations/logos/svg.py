"""SVG that can only draw: an allow-list of elements and attributes, written again from what was read.

A logo is a program otherwise: scripts, event attributes, links, foreign content, entities and outside references all go. What
drawing programs write in `<style>` (classes of fills and strokes) is first put on the elements themselves.
"""

import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET
from xml.parsers import expat

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
MAX_ELEMENTS = 4000
MAX_DEPTH = 30

_SHAPES = frozenset(["path", "rect", "circle", "ellipse", "line", "polyline", "polygon"])
_ELEMENTS = _SHAPES | frozenset(
    [
        "svg",
        "g",
        "defs",
        "symbol",
        "use",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
        "title",
        "desc",
        "image",
    ]
)
_PAINT = frozenset(
    [
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-opacity",
        "opacity",
        "clip-path",
        "clip-rule",
        "mask",
        "stop-color",
        "stop-opacity",
        "color",
        "display",
    ]
)
_GEOMETRY = frozenset(
    [
        "id",
        "class",
        "viewBox",
        "preserveAspectRatio",
        "width",
        "height",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "d",
        "points",
        "transform",
        "pathLength",
        "gradientUnits",
        "gradientTransform",
        "spreadMethod",
        "offset",
        "clipPathUnits",
        "maskUnits",
        "maskContentUnits",
        "version",
    ]
)
_SAFE_VALUE = re.compile(r"[^<>&\\@;{}\x00-\x08]*\Z")
_LOCAL_URL = re.compile(r"url\(\s*['\"]?#[\w.:-]+['\"]?\s*\)")
_PNG_DATA = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=\s]+\Z")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")

Styles = Mapping[str, Mapping[str, str]]


class NotSvg(ValueError):
    """The text is not a drawing in SVG, or it tries something a drawing has no need of."""


def sanitised(content: bytes) -> str:
    """The drawing alone, as text. Raises `NotSvg`."""
    root = _parsed(content)
    if _local(root.tag) != "svg":
        raise NotSvg("root")
    kept = _copied(root, _classes(root))
    if not any(_local(element.tag) in _SHAPES | {"image", "use"} for element in kept.iter()):
        raise NotSvg("nothing drawn")
    _give_view_box(kept)
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    return ET.tostring(kept, encoding="unicode")


def _parsed(content: bytes) -> ET.Element:
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    depth = count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise NotSvg("too many elements")
        builder.start(_tag(name), {_tag(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_tag(name))

    def refuse(*_declaration: object) -> None:
        raise NotSvg("entities")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
        return builder.close()
    except (expat.ExpatError, AssertionError, ValueError) as error:
        raise NotSvg(str(error)) from error


def _tag(name: str) -> str:
    return "{" + name if "}" in name else name


def _local(tag: str) -> str:
    """Element of SVG without its namespace; anything else answers nothing. SVG without a namespace is common."""
    if tag.startswith("{"):
        return tag[len(SVG) + 2 :] if tag.startswith(f"{{{SVG}}}") else ""
    return tag


def _classes(root: ET.Element) -> Styles:
    """Paint of each class named by `<style>`: `.st0{fill:#e2001a}`."""
    found: dict[str, dict[str, str]] = {}
    for element in root.iter():
        if _local(element.tag) == "style":
            for selectors, body in _RULE.findall(element.text or ""):
                for selector in selectors.split(","):
                    if re.fullmatch(r"\.[\w-]+", selector.strip()):
                        found.setdefault(selector.strip()[1:], {}).update(_declarations(body))
    return found


def _declarations(text: str) -> Iterator[tuple[str, str]]:
    for declaration in text.split(";"):
        name, _colon, value = declaration.partition(":")
        if name.strip() in _PAINT and _is_safe(value.strip()):
            yield name.strip(), value.strip()


def _copied(element: ET.Element, classes: Styles) -> ET.Element:
    name = _local(element.tag)
    copy = ET.Element(f"{{{SVG}}}{name}", dict(_attributes(element, name, classes)))
    if name in ("title", "desc"):
        copy.text = element.text
    copy.extend(_copied(child, classes) for child in element if _local(child.tag) in _ELEMENTS)
    return copy


def _attributes(element: ET.Element, name: str, classes: Styles) -> Iterator[tuple[str, str]]:
    for class_name in element.get("class", "").split():
        yield from classes.get(class_name, {}).items()
    for key, value in element.attrib.items():
        if key in _PAINT | _GEOMETRY - {"class"} and _is_safe(value):
            yield key, value
        elif key in ("href", f"{{{XLINK}}}href") and _is_inside(name, value):
            yield f"{{{XLINK}}}href", value
    yield from _declarations(element.get("style", ""))


def _is_safe(value: str) -> bool:
    without_local = _LOCAL_URL.sub("", value).lower()
    return bool(_SAFE_VALUE.match(value)) and "url(" not in without_local and "script" not in without_local


def _is_inside(name: str, value: str) -> bool:
    """References to the drawing itself, and pictures carried in it."""
    if name == "image":
        return bool(_PNG_DATA.match(value))
    return name in ("use", "linearGradient", "radialGradient") and bool(re.fullmatch(r"#[\w.:-]+", value))


def _give_view_box(root: ET.Element) -> None:
    """A drawing without one cannot be scaled: its width and height in pixels are one."""
    if root.get("viewBox"):
        return
    sides = [re.fullmatch(r"(\d+(?:\.\d+)?)(?:px)?", root.get(name, "").strip()) for name in ("width", "height")]
    if not all(sides):
        raise NotSvg("no size")
    root.set("viewBox", "0 0 " + " ".join(side[1] for side in sides if side))
