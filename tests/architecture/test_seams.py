"""A domain reaches another only through its facade or its events, only if its manifest says so, never in a cycle."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from parvis.kernel.packages import Package, discover
from parvis.kernel.registry import registry

DOORS = {"facade", "events"}


def domains() -> list[Package]:
    return [package for package in discover() if package.layer == "domains"]


def imports(path: Path) -> Iterator[str]:
    """Full names of the modules and names a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_domains_use_the_doors_of_others_and_say_so() -> None:
    faults = []
    for package in domains():
        declared = registry.get(package.name).requires
        for path in package.directory.rglob("*.py"):
            for name in imports(path):
                parts = name.split(".")
                if parts[:2] != ["parvis", "domains"] or len(parts) < 4 or parts[2] == package.name:
                    continue
                if "tests" in path.parts and parts[3] == "tests":
                    continue
                if parts[3] not in DOORS or parts[2] not in declared:
                    faults.append(f"{path.relative_to(package.directory.parent)} imports {name}")
    assert not faults, "\n".join(faults)


def test_domains_require_one_another_without_a_cycle() -> None:
    graph = {package.name: set(registry.get(package.name).requires) for package in domains()}
    assert list(TopologicalSorter(graph).static_order())


def test_no_foreign_key_between_domains() -> None:
    from django.apps import apps

    names = {package.name for package in domains()}
    faults = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in names
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.related_model is not None
        and field.related_model._meta.app_label in names - {model._meta.app_label}
    ]
    assert not faults


def test_rules_are_plain() -> None:
    """Decisions read no database and no clock: the standard library, the kernel, plain values and their own package."""
    faults = []
    for package in discover():
        files = [package.directory / "rules.py", *(package.directory / "rules").glob("*.py")]
        for path in filter(Path.exists, files):
            for name in imports(path):
                if name.startswith(("django.db.models.Q", "django.db.connection", "django.contrib.auth")):
                    faults.append(f"{path}: {name}")
                mine = name.startswith(("parvis.kernel", f"{package.module}."))
                if name.startswith("parvis.") and not mine and ".values." not in name:
                    faults.append(f"{path}: {name}")
                if name == "parvis.kernel.clock" or name.startswith("parvis.kernel.clock."):
                    faults.append(f"{path}: reads the clock")
    assert not faults, "\n".join(faults)
