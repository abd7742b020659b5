"""Sentences that tell a person who acts and why."""

from dataclasses import dataclass

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from parvis.domains.requests.models import Request
from parvis.domains.requests.rules import Attention, Kind, State
from parvis.foundations.organisations.rules import Subject


def _in_commune(name: str) -> str:
    """`à Dijon`, and in French `au Crès`, `aux Ulis`, as one says it."""
    if (get_language() or "fr").startswith("fr"):
        for article, contracted in (("Le ", "au "), ("Les ", "aux ")):
            if name.startswith(article):
                return contracted + name.removeprefix(article)
    return pgettext("a commune", "à %(commune)s") % {"commune": name}


def competence(service_request: Request, commune: str) -> str:
    """« Dijon Métropole : éclairage public à Chenôve »; says so when a person must still decide."""
    if service_request.organisation is None:
        return _("Un agent va désigner le service compétent.")
    if service_request.attention == Attention.TO_ROUTE:
        return _("%(organisation)s a reçu votre signalement et va désigner le service compétent.") % {
            "organisation": service_request.organisation.name
        }
    subject = str(Subject(service_request.category.subject).label).lower()
    if commune:
        return pgettext("who: what in where", "%(organisation)s : %(subject)s %(place)s") % {
            "organisation": service_request.organisation.name,
            "subject": subject,
            "place": _in_commune(commune),
        }
    return pgettext("who: what", "%(organisation)s : %(subject)s") % {
        "organisation": service_request.organisation.name,
        "subject": subject,
    }


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One of the steps a resident sees at a glance."""

    label: str
    is_done: bool
    is_current: bool


def stages(service_request: Request) -> list[Stage]:
    """Received, taken in charge, at work, solved; a refusal ends the line where it happened."""
    state = State(service_request.state)
    if state == State.REFUSED:
        return [
            Stage(label=str(State.RECEIVED.label), is_done=True, is_current=False),
            Stage(label=str(State.REFUSED.label), is_done=False, is_current=True),
        ]
    line = [State.RECEIVED, State.ACCEPTED, State.IN_PROGRESS, State.DONE]
    rank = line.index(state)
    return [
        Stage(label=str(step.label), is_done=place < rank, is_current=place == rank) for place, step in enumerate(line)
    ]


TONES: dict[State, str] = {
    State.RECEIVED: "info",
    State.ACCEPTED: "info",
    State.IN_PROGRESS: "warning",
    State.DONE: "success",
    State.REFUSED: "neutral",
}
ICONS: dict[Kind, str] = {
    Kind.RECEIVED: "inbox",
    Kind.ROUTED: "forward",
    Kind.RECATEGORISED: "tag",
    Kind.ACCEPTED: "circle-check",
    Kind.STARTED: "hammer",
    Kind.RETURNED: "undo-2",
    Kind.DONE: "circle-check-big",
    Kind.REFUSED: "circle-x",
    Kind.REOPENED: "rotate-ccw",
    Kind.MESSAGE: "message-square",
    Kind.ADDITION: "message-square-plus",
    Kind.NOTE: "sticky-note",
    Kind.CODE_RENEWED: "key-round",
}
