"""Addresses of interventions: the office organises, the crew does."""

from django.urls import path

from parvis.domains.interventions.views import crew, office, photos

_PHOTO = "<int:key>/photos/<int:photo>/<slug:variant>"

backoffice = [
    path("", office.listing, name="list"),
    path("new", office.new, name="new"),
    path("<int:key>", office.detail, name="detail"),
    path("<int:key>/assign", office.assign_team, name="assign"),
    path("<int:key>/take-back", office.take_back, name="take_back"),
    path(_PHOTO, photos.office_photo, name="photo"),
]

field = [
    path("", crew.today, name="today"),
    path("ended", crew.ended, name="ended"),
    path("<int:key>", crew.detail, name="detail"),
    path("<int:key>/start", crew.start_work, name="start"),
    path("<int:key>/finish", crew.finish_work, name="finish"),
    path("<int:key>/refuse", crew.refuse_work, name="refuse"),
    path(_PHOTO, photos.crew_photo, name="photo"),
]
