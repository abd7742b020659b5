from django.urls import path

from parvis.web.portal.views import home, legal, preferences

portal = [
    path("", home.home, name="home"),
    path("communes", home.communes, name="communes"),
    path("accessibilite", legal.accessibility, name="accessibility"),
    path("donnees-personnelles", legal.privacy, name="privacy"),
    path("theme", preferences.theme, name="theme"),
]
