"""Which packages exist: a directory with a `manifest.py` under a layer. Deleting the directory deletes the package."""

from dataclasses import dataclass
from pathlib import Path

LAYERS = ("foundations", "capabilities", "telemetry", "domains", "web")
"""Lowest first. An upper layer may import a lower one, never the reverse (import-linter)."""

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Package:
    layer: str
    name: str

    @property
    def module(self) -> str:
        return f"parvis.{self.layer}.{self.name}"

    @property
    def directory(self) -> Path:
        return ROOT / self.layer / self.name


def discover() -> tuple[Package, ...]:
    """Every package on disk, lowest layer first, by name within a layer."""
    return tuple(
        Package(layer=layer, name=manifest.parent.name)
        for layer in LAYERS
        for manifest in sorted((ROOT / layer).glob("*/manifest.py"))
    )
