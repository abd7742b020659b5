"""The endpoints of the context, one module a subject of the standard; those of the history are the history's."""

from parvis.telemetry.context.broker import contexts, registrations
from parvis.telemetry.context.broker.endpoints import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (*contexts.ENDPOINTS, *registrations.ENDPOINTS)
