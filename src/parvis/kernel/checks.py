"""What `parvis check` and the conformance tests ask of every package."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from parvis.kernel.access import Access, Who, access_of
from parvis.kernel.contributions import Counter, Menu, NoPersonalData, Panel, Permission, Retention
from parvis.kernel.packages import discover
from parvis.kernel.registry import registry

TAG = "parvis"


def views() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Route (as written) and view of every page of the platform."""

    def walk(patterns: Iterable[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, Callable[..., Any]]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
            elif pattern.callback is not None:
                yield prefix + str(pattern.pattern), pattern.callback

    yield from walk(get_resolver().url_patterns, "/")


def permissions() -> frozenset[str]:
    """Full names of every declared permission."""
    return frozenset(f"{manifest.name}.{permission.code}" for manifest, permission in registry.all(Permission))


@register(TAG)
def packages_are_registered(**_: Any) -> list[CheckMessage]:
    known = {manifest.name for manifest in registry.manifests}
    return [
        Error(f"{package.module} is on disk but not in the registry", id="parvis.E001")
        for package in discover()
        if package.name not in known
    ]


@register(TAG)
def requirements_exist(**_: Any) -> list[CheckMessage]:
    known = {manifest.name for manifest in registry.manifests}
    return [
        Error(f"{manifest.name} requires {name!r}, which is not installed", id="parvis.E002")
        for manifest in registry.manifests
        for name in manifest.requires
        if name not in known
    ]


@register(TAG)
def contributions_are_sound(**_: Any) -> list[CheckMessage]:
    return [
        message
        for manifest in registry.manifests
        for contribution in manifest.provides
        for message in contribution.check(manifest)
    ]


@register(TAG)
def every_view_says_who_may_call_it(**_: Any) -> list[CheckMessage]:
    return [
        Error(f"{route} ({view.__module__}.{view.__name__}) does not say who may call it", id="parvis.E003")
        for route, view in views()
        if access_of(view) is None
    ]


@register(TAG)
def named_permissions_exist(**_: Any) -> list[CheckMessage]:
    known = permissions()
    named: list[tuple[str, str]] = [
        (route, access.right)
        for route, view in views()
        if isinstance(access := access_of(view), Access) and access.who is Who.PERMISSION
    ]
    screens: list[tuple[str, Menu | Counter | Panel]] = [
        (manifest.name, contribution)
        for manifest in registry.manifests
        for contribution in manifest.provides
        if isinstance(contribution, Menu | Counter | Panel)
    ]
    named += [(f"{name}: {type(screen).__name__}", screen.permission) for name, screen in screens if screen.permission]
    return [
        Error(f"{where} names the permission {right!r}, which nobody provides", id="parvis.E004")
        for where, right in named
        if right not in known
    ]


@register(TAG)
def every_model_declares_its_personal_data(**_: Any) -> list[CheckMessage]:
    declared = [contribution.model for _, contribution in registry.all(Retention)]
    declared += [contribution.model for _, contribution in registry.all(NoPersonalData)]
    messages: list[CheckMessage] = []
    for config in apps.get_app_configs():
        if not config.name.startswith("parvis."):
            continue
        for model in config.get_models(include_auto_created=False):
            match declared.count(model):
                case 1:
                    pass
                case 0:
                    messages.append(
                        Error(f"{model._meta.label} declares neither Retention nor NoPersonalData", id="parvis.E005")
                    )
                case _:
                    messages.append(Error(f"{model._meta.label} declares its personal data twice", id="parvis.E006"))
    return messages
