from django.urls import path

from parvis.foundations.territory.views.backoffice import area_page, areas_page
from parvis.foundations.territory.views.portal import outlines_file

portal = [path("communes.geojson", outlines_file, name="outlines")]
backoffice = [
    path("", areas_page, name="list"),
    path("<str:code>", area_page, name="area"),
]
