from django.urls import path

from parvis.domains.requests.views.backoffice import desk, listing, show
from parvis.domains.requests.views.portal import public_list, report, track

portal = [
    path("around", public_list.index, name="index"),
    path("around.geojson", public_list.points, name="points"),
    path("new", report.new, name="new"),
    path("new/near", report.near, name="near"),
    path("new/photo", report.hold_photo, name="hold_photo"),
    path("received/<str:receipt>", report.received, name="received"),
    path("track", track.track, name="track"),
    path("t/<str:code>", track.tracked, name="tracked"),
    path("t/<str:code>/add", track.add, name="add"),
    path("t/<str:code>/photo/<int:photo_id>/<str:variant>", track.photo, name="photo"),
    path("mine", track.mine, name="mine"),
]

backoffice = [
    path("", listing.index, name="list"),
    path("export.csv", listing.export, name="export"),
    path("desk", desk.search, name="desk"),
    path("desk/new", desk.new, name="desk_new"),
    path("desk/received/<str:receipt>", desk.received, name="desk_received"),
    path("<int:request_id>", show.page, name="show"),
    path("<int:request_id>/contact", show.contact, name="contact"),
    path("<int:request_id>/code", show.renew, name="renew_code"),
    path("<int:request_id>/photo/<int:photo_id>/<str:variant>", show.photo, name="photo"),
    path("<int:request_id>/<str:action>", show.act, name="act"),
]
