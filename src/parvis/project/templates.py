"""Every template of every package compiles: a typing error in one is found before a person finds it."""

from collections.abc import Iterator
from pathlib import Path

from django.template import TemplateSyntaxError
from django.template.loader import get_template

from parvis.kernel.packages import discover


def names() -> Iterator[str]:
    for package in discover():
        root: Path = package.directory / "templates"
        for path in sorted(root.rglob("*")):
            if path.is_file():
                yield path.relative_to(root).as_posix()


def broken_templates() -> list[str]:
    faults = []
    for name in names():
        try:
            get_template(name)
        except (TemplateSyntaxError, UnicodeDecodeError) as error:
            faults.append(f"{name}: {error}")
    return faults
