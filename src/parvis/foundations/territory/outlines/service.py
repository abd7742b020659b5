"""The State's geometry service (geo.api.gouv.fr), asked for communal outlines when the machine is online.

Being offline must cost nothing: name resolution has no time-out of its own, so the first question is asked in a thread
that is abandoned after `PROBE_S`.
"""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from parvis.foundations.territory.outlines.shapes import Outline, UnusableOutline, outline_of
from parvis.foundations.territory.reference import Member

PROBE_S = 2.5
DOWNLOAD_S = 30.0
MAX_BYTES = 60_000_000
SOURCE = "geo.api.gouv.fr, IGN Admin Express"
LICENCE = "Licence Ouverte 2.0"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`problem` is empty, or the French reason why there is no outline."""

    outlines: dict[str, Outline]
    problem: str = ""


def fetch_outlines(*, base_url: str, siren: str, members: Iterable[Member]) -> Answer:
    """Never raises and, when offline, answers within 3 seconds. `base_url` is a setting, never a person's input."""
    if not base_url:
        return Answer(outlines={}, problem=_("service géographique désactivé"))
    problem = _unreachable(f"{base_url}/epcis/{siren}?fields=code")
    if problem:
        return Answer(outlines={}, problem=problem)
    try:
        document = _get(
            f"{base_url}/epcis/{siren}/communes?format=geojson&geometry=contour&fields=code,nom", DOWNLOAD_S
        )
        names = {member.code: member.name for member in members}
        outlines = {
            feature["properties"]["code"]: outline_of(feature["geometry"], name=names[feature["properties"]["code"]])
            for feature in document["features"]
            if feature["properties"]["code"] in names
        }
    except (OSError, ValueError, KeyError, TypeError, UnusableOutline) as error:
        return Answer(
            outlines={}, problem=_("réponse inutilisable de %(url)s (%(error)s)") % {"url": base_url, "error": error}
        )
    return Answer(outlines=outlines)


def _unreachable(url: str) -> str:
    """Why the service does not answer, or nothing."""
    outcome: list[str] = []

    def ask() -> None:
        try:
            _get(url, PROBE_S)
            outcome.append("")
        except (OSError, ValueError) as error:
            outcome.append(
                _("%(url)s ne répond pas (%(error)s)")
                % {"url": url.split("?", maxsplit=1)[0], "error": getattr(error, "reason", error)}
            )

    asking = threading.Thread(target=ask, daemon=True, name="territory-probe")
    asking.start()
    asking.join(PROBE_S)
    return outcome[0] if outcome else _("%(url)s ne répond pas") % {"url": url.split("?", maxsplit=1)[0]}


def _get(url: str, timeout_s: float) -> Any:
    # `PARVIS_GEOMETRY_URL` is http or https, checked when settings are read.
    request = urllib.request.Request(  # noqa: S310
        url, headers={"Accept": "application/json", "User-Agent": "Parvis"}
    )
    with urllib.request.urlopen(request, timeout=timeout_s) as response:  # noqa: S310
        content = response.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    return json.loads(content)
