"""Which policies of the city an organisation can offer: the packages of the domains layer."""

from parvis.kernel.manifest import Manifest
from parvis.kernel.packages import discover
from parvis.kernel.registry import registry


def domain_manifests() -> tuple[Manifest, ...]:
    """In package order."""
    names = all_domains()
    return tuple(manifest for manifest in registry.manifests if manifest.name in names)


def all_domains() -> frozenset[str]:
    return frozenset(package.name for package in discover() if package.layer == "domains")
