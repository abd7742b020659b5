from django.urls import path

from parvis.web.field.views import home

field = [path("", home.home, name="home")]
