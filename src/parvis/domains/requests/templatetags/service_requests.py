"""How a request's state and steps are shown, the same on every screen."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from parvis.capabilities.design.icons import icon
from parvis.capabilities.design.templatetags.design import badge
from parvis.domains.requests.models import Request, RequestEvent
from parvis.domains.requests.rules import Attention, Kind, State
from parvis.domains.requests.selectors.explain import ICONS, TONES

register = template.Library()


@register.simple_tag
def state_badge(state: str) -> SafeString:
    return badge(State(state).label, TONES[State(state)])


@register.simple_tag
def attention_badge(service_request: Request) -> SafeString:
    if not service_request.attention:
        return SafeString("")
    return badge(Attention(service_request.attention).label, "danger")


@register.simple_tag
def step_icon(step: RequestEvent) -> SafeString:
    return icon(ICONS[Kind(step.kind)])


@register.filter
def step_title(step: RequestEvent) -> str:
    """What happened, with its object when it has one: « Transmis à Ville de Chenôve »."""
    match Kind(step.kind):
        case Kind.ROUTED if step.text:
            return _("Transmis à %(organisation)s") % {"organisation": step.text}
        case Kind.RECATEGORISED if step.text:
            return _("Nouvelle catégorie : %(category)s") % {"category": _(step.text)}
        case kind:
            return str(kind.label)


@register.filter
def step_text(step: RequestEvent) -> str:
    """The words of a step, when they are not already its title."""
    return "" if step.kind in {Kind.ROUTED, Kind.RECATEGORISED} else step.text


@register.simple_tag
def commune_name(communes: dict[str, str], area_code: str) -> str:
    """The name when the commune is still of the territory, else its code."""
    return communes.get(area_code, area_code)
