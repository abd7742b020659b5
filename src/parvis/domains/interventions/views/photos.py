"""The photos of an intervention, to whoever may see the intervention."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from parvis.capabilities.files.serving import serve
from parvis.capabilities.files.store import Variant
from parvis.domains.interventions import permissions, selectors
from parvis.domains.interventions.models import Photo
from parvis.domains.interventions.models.intervention import InterventionQuerySet
from parvis.kernel.access import requires


@requires("interventions.view")
@require_GET
def office_photo(request: HttpRequest, key: int, photo: int, variant: str) -> HttpResponse:
    return _photo(permissions.visible(request, selectors.interventions()), key, photo, variant)


@requires("interventions.perform")
@require_GET
def crew_photo(request: HttpRequest, key: int, photo: int, variant: str) -> HttpResponse:
    return _photo(permissions.performable(request, selectors.interventions()), key, photo, variant)


def _photo(seen: InterventionQuerySet, key: int, photo: int, variant: str) -> HttpResponse:
    if variant not in tuple(Variant):
        raise Http404
    found = get_object_or_404(Photo.objects.select_related("file"), pk=photo, intervention__in=seen.filter(pk=key))
    return serve(found.file, Variant(variant))
