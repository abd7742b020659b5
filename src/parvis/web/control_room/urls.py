from django.urls import path

from parvis.web.control_room.views import home

control_room = [path("", home.home, name="home"), path("side", home.side, name="side")]
