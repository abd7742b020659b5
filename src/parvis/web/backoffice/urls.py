from django.urls import path

from parvis.web.backoffice.views import home, style_guide

backoffice = [
    path("", home.home, name="home"),
    path("design/", style_guide.style_guide, name="style_guide"),
]
