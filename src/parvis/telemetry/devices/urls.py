"""Addresses of devices in the back office."""

from django.urls import path

from parvis.telemetry.devices.views import api_downlinks, codecs, devices, downlinks, profiles, sources, uplinks

backoffice = [
    path("", devices.index, name="index"),
    path("new", devices.create, name="new_device"),
    path("<int:key>", devices.device, name="device"),
    path("<int:key>/edit", devices.edit, name="edit_device"),
    path("<int:key>/downlinks", downlinks.of_device, name="downlinks_of"),
    path("downlinks/", downlinks.index, name="downlinks"),
    path("downlinks/<int:key>/cancel", downlinks.cancel, name="cancel_downlink"),
    path("profiles/", profiles.index, name="profiles"),
    path("profiles/new", profiles.create, name="new_profile"),
    path("profiles/<int:key>", profiles.profile, name="profile"),
    path("codecs/", codecs.index, name="codecs"),
    path("codecs/new", codecs.create, name="new_codec"),
    path("codecs/<int:key>", codecs.codec, name="codec"),
    path("codecs/<int:key>/lift", codecs.lift, name="lift_quarantine"),
    path("sources/", sources.index, name="sources"),
    path("sources/new", sources.create, name="new_source"),
    path("sources/<int:key>", sources.source, name="source"),
    path("sources/<int:key>/edit", sources.edit, name="edit_source"),
    path("sources/<int:key>/downlinks", downlinks.source, name="source_downlinks"),
    path("uplinks/", uplinks.rejected, name="rejected"),
    path("uplinks/replay", uplinks.replay_all, name="replay_all"),
    path("uplinks/replays/<int:key>", uplinks.replay_progress, name="replay_progress"),
    path("uplinks/<int:key>", uplinks.uplink, name="uplink"),
    path("uplinks/<int:key>/replay", uplinks.replay, name="replay"),
]

api = [
    path("devices/<str:eui>/downlinks", api_downlinks.downlinks, name="downlinks"),
    path("devices/<str:eui>/downlinks/<int:key>", api_downlinks.downlink, name="downlink"),
]
