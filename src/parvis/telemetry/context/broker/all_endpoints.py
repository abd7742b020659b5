"""The endpoints of the context, one module a subject of the standard; those of the history are the history's."""

from parvis.telemetry.context.broker import (
    attributes,
    batches,
    consumption,
    contexts,
    discovery,
    entities,
    entity_maps,
    identity,
    purging,
    query_document,
    registrations,
    source_subscriptions,
    subscriptions,
)
from parvis.telemetry.context.broker.endpoints import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *entities.ENDPOINTS,
    *attributes.ENDPOINTS,
    *batches.ENDPOINTS,
    *consumption.ENDPOINTS,
    *query_document.ENDPOINTS,
    *purging.ENDPOINTS,
    *discovery.ENDPOINTS,
    *contexts.ENDPOINTS,
    *registrations.ENDPOINTS,
    *source_subscriptions.ENDPOINTS,
    *identity.ENDPOINTS,
    *entity_maps.ENDPOINTS,
    *subscriptions.ENDPOINTS,
)
