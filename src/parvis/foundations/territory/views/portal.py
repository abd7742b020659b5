"""The communes as data, for maps and for anyone."""

import hashlib
import json

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control

from parvis.foundations.territory import selectors
from parvis.kernel.access import public

GEOJSON = "application/geo+json"
FRESH_S = 300


@public
def outlines_file(request: HttpRequest) -> HttpResponse:
    """Outlines of the communes, GeoJSON, EPSG:4326, with the source to show beside them."""
    revision = selectors.revision()
    etag = '"' + hashlib.sha256(str(revision).encode()).hexdigest()[:24] + '"'
    unchanged = get_conditional_response(request, etag=etag)
    response = unchanged or HttpResponse(_content(str(revision)), content_type=GEOJSON)
    response.headers["ETag"] = etag
    response.headers["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(response, public=True, max_age=FRESH_S, must_revalidate=True)
    return response


def _content(revision: str) -> bytes:
    """Composed once per revision and process: some 40 kB for 23 communes, some 200 kB for 90."""
    key = f"territory.outlines.{revision}"
    kept: bytes | None = cache.get(key)
    if kept is None:
        kept = json.dumps(selectors.outlines_document(), ensure_ascii=False, separators=(",", ":")).encode()
        cache.set(key, kept, timeout=None)
    return kept
