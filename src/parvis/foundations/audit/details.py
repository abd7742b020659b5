"""The details of an entry, as read back for display."""

import json
from typing import Any


def details_of(text: str) -> dict[str, Any]:
    """What is no JSON object (someone altered it) is shown as it stands."""
    try:
        details = json.loads(text)
    except ValueError:
        return {"?": text}
    return details if isinstance(details, dict) else {"?": details}
