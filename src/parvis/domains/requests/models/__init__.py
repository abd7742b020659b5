"""Tables of residents' requests."""

from parvis.domains.requests.models.category import Category
from parvis.domains.requests.models.event import RequestEvent
from parvis.domains.requests.models.request import Request, RequestQuerySet
from parvis.domains.requests.models.series import NumberSeries

__all__ = ["Category", "NumberSeries", "Request", "RequestEvent", "RequestQuerySet"]
