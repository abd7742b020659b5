"""YAML and JSON as makers write them.

YAML is read as version 1.2 says, and as The Things Network reads it: `on` and `no` are words, 010 is ten, a date is a text.
JSON with hexadecimal numbers, as in ChirpStack's examples, is YAML. TOML is in the standard library.
"""

import json
import math
import re
from typing import Any

import yaml

_LONGEST = 512 << 10  # letters; pure Python reads some 200,000 a second
_MOST_VALUES = 200_000  # an alias may repeat a list of aliases


class Unreadable(ValueError):
    """Not in that notation, or too large to be looked at."""


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node).lower()
    base = {"0x": 16, "0o": 8}.get(text[:2], 10)
    return int(text, base)


def _number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)


def read_yaml(text: str) -> Any:
    """Plain values of JSON. Raises `Unreadable`."""
    if len(text) > _LONGEST:
        raise Unreadable("too long")
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise Unreadable(str(error)) from error
    return _plain(value, [_MOST_VALUES], depth=0)


def read_json(text: str) -> Any:
    """Raises `Unreadable`."""
    if len(text) > _LONGEST:
        raise Unreadable("too long")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return read_yaml(text.replace("\t", " "))
    return _plain(value, [_MOST_VALUES], depth=0)


def _plain(value: Any, left: list[int], *, depth: int) -> Any:
    left[0] -= 1
    if left[0] < 0 or depth > 50:
        raise Unreadable("too large")
    match value:
        case dict():
            return {str(name): _plain(one, left, depth=depth + 1) for name, one in value.items()}
        case list():
            return [_plain(one, left, depth=depth + 1) for one in value]
        case float() if not math.isfinite(value):
            return str(value)
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)
