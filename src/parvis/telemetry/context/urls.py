from django.urls import path

from parvis.telemetry.context.views import failures, pages
from parvis.telemetry.context.views.console import contexts, overview, query, sources, subscriptions, types

control_room = [
    path("things", pages.things, {"shell": "control_room"}, name="things"),
    path("entities/<path:urn>", pages.entity, {"shell": "control_room"}, name="entity"),
]

backoffice = [
    path("things", pages.things, {"shell": "backoffice"}, name="things"),
    path("entities/<path:urn>", pages.entity, {"shell": "backoffice"}, name="entity"),
    path("failures", failures.failures, name="failures"),
    path("failures/<int:change_id>/replay", failures.replay, name="replay"),
    path("failures/<int:change_id>/discard", failures.discard, name="discard"),
    path("broker/", overview.overview, name="broker"),
    path("broker/types", types.types, name="types"),
    path("broker/types/<path:name>", types.type_, name="type"),
    path("broker/query", query.query, name="query"),
    path("broker/subscriptions", subscriptions.subscriptions, name="subscriptions"),
    path("broker/subscriptions/<int:key>", subscriptions.subscription, name="subscription"),
    path("broker/subscriptions/<int:key>/pause", subscriptions.set_active, {"active": False}, name="pause"),
    path("broker/subscriptions/<int:key>/resume", subscriptions.set_active, {"active": True}, name="resume"),
    path("broker/subscriptions/<int:key>/delete", subscriptions.delete, name="delete_subscription"),
    path("broker/subscriptions/<int:key>/replay", subscriptions.replay, name="replay_all"),
    path("broker/subscriptions/<int:key>/discard", subscriptions.discard, name="discard_all"),
    path("broker/subscriptions/<int:key>/replay/<int:notification>", subscriptions.replay, name="replay_one"),
    path("broker/subscriptions/<int:key>/discard/<int:notification>", subscriptions.discard, name="discard_one"),
    path("broker/sources", sources.sources, name="sources"),
    path("broker/sources/<int:key>", sources.source, name="source"),
    path("broker/sources/<int:key>/delete", sources.delete, name="delete_source"),
    path("broker/contexts", contexts.contexts, name="contexts"),
    path("broker/contexts/load", contexts.load, name="load_context"),
    path("broker/contexts/bundled/<slug:name>", contexts.bundled, name="bundled_context"),
    path("broker/contexts/<int:key>", contexts.context, name="context"),
    path("broker/contexts/<int:key>/reload", contexts.reload, name="reload_context"),
    path("broker/contexts/<int:key>/delete", contexts.delete, name="delete_context"),
]
