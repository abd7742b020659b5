from django.urls import path

from parvis.telemetry.context.views import failures, pages

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
]
