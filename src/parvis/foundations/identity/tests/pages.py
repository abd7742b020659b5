"""Pages as people read them."""

import re
from typing import Any


def text_of(response: Any) -> str:
    """Without the CSRF token, which changes at every answer."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
