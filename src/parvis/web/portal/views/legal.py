"""What the law wants said: accessibility (decree 2019-768) and processing of personal data (GDPR art. 13 and 30)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from parvis.kernel.access import public
from parvis.kernel.contributions import Retention
from parvis.kernel.registry import registry


@dataclass(frozen=True, kw_only=True)
class Kept:
    what: str | Promise
    fields: tuple[str, ...]
    purpose: str | Promise
    legal_basis: str | Promise
    days: int
    starts: str | Promise


@dataclass(frozen=True, kw_only=True)
class Processing:
    label: str | Promise
    kept: tuple[Kept, ...]


def processings() -> Iterator[Processing]:
    """The register, read from what the installed packages declare: it cannot be out of date."""
    for manifest in registry.manifests:
        kept = tuple(_kept(item) for item in manifest.provides if isinstance(item, Retention))
        if kept:
            yield Processing(label=manifest.label, kept=kept)


def _kept(item: Retention) -> Kept:
    meta = item.model._meta
    return Kept(
        what=meta.verbose_name_plural or meta.verbose_name or item.model.__name__,
        fields=tuple(str(getattr(meta.get_field(name), "verbose_name", name)) for name in item.personal_fields),
        purpose=item.purpose,
        legal_basis=item.legal_basis,
        days=item.keep_days,
        starts=item.starts,
    )


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/accessibility.html")


@public
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/privacy.html", {"processings": list(processings())})
