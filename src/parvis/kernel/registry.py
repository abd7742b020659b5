"""The one question a consumer asks: which contributions of this kind exist?"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any, TypeVar

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured

from parvis.kernel.manifest import Contribution, Manifest

K = TypeVar("K", bound=Contribution)


class Registry:
    def __init__(self) -> None:
        self._manifests: dict[str, Manifest] = {}
        self._by_kind: dict[type[Contribution], list[tuple[Manifest, Any]]] = {}

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        return tuple(self._manifests.values())

    def add(self, manifest: Manifest) -> None:
        """Refuses a second manifest of the same name: two packages would share a URL prefix and an app label."""
        if self._manifests.get(manifest.name, manifest) is not manifest:
            raise ImproperlyConfigured(f"two packages are named {manifest.name!r}")
        self._manifests[manifest.name] = manifest
        self._by_kind.clear()

    def replace(self, manifests: Iterable[Manifest]) -> None:
        """These and no others, for tests."""
        self._manifests = {manifest.name: manifest for manifest in manifests}
        self._by_kind.clear()

    def get(self, name: str) -> Manifest:
        return self._manifests[name]

    def all(self, kind: type[K]) -> Iterator[tuple[Manifest, K]]:
        """Each contribution of exactly this kind, with the manifest that provides it, in package order."""
        if kind not in self._by_kind:
            self._by_kind[kind] = [
                (manifest, one)
                for manifest in self._manifests.values()
                for one in manifest.provides
                if isinstance(one, kind)
            ]
        return iter(self._by_kind[kind])


registry = Registry()


class PlatformApp(AppConfig):
    """Base of every package's `apps.py`; `ready()` reads the manifest and nothing else.

    Django skips an `apps.py` in which it sees two AppConfig classes, hence `default` off here and on in subclasses.
    """

    default = False
    default_auto_field = "django.db.models.BigAutoField"

    def __init_subclass__(cls) -> None:
        cls.default = True

    def ready(self) -> None:
        manifest = import_module(f"{self.name}.manifest").manifest
        if manifest.name != self.label:
            raise ImproperlyConfigured(f"{self.name}: its manifest says {manifest.name!r}")
        self.verbose_name = str(manifest.label)
        registry.add(manifest)
