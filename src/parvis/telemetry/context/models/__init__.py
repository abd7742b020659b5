"""The tables of the context, one subject a file."""

from parvis.telemetry.context.models.asked import AskedPath
from parvis.telemetry.context.models.contexts import ContextKind, JsonLdContext
from parvis.telemetry.context.models.entities import Entity
from parvis.telemetry.context.models.queue import QueuedChange
from parvis.telemetry.context.models.registrations import EntityMap, Registration
from parvis.telemetry.context.models.subscriptions import QueuedNotification, Revision, Subject, Subscription
from parvis.telemetry.context.models.tenants import CITY, Tenant

__all__ = [
    "CITY",
    "AskedPath",
    "ContextKind",
    "Entity",
    "EntityMap",
    "JsonLdContext",
    "QueuedChange",
    "QueuedNotification",
    "Registration",
    "Revision",
    "Subject",
    "Subscription",
    "Tenant",
]
