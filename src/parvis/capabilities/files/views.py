"""What a form holds for its sender. Stored photos are shown by the packages that own them."""

from django.http import Http404, HttpRequest, HttpResponse

from parvis.capabilities.files.drafts import DraftLost, claim
from parvis.capabilities.files.serving import image_response
from parvis.kernel.access import public


@public
def held(request: HttpRequest, token: str) -> HttpResponse:
    """The token, which only the sender has, is the right to see."""
    try:
        upload = claim(token)
    except DraftLost as error:
        raise Http404(str(error)) from error
    return image_response(upload.read(), name="photo.jpg")
