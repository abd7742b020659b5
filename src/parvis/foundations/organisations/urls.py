from django.urls import path

from parvis.foundations.organisations.views.backoffice import choices, competences, identity, pages, teams
from parvis.foundations.organisations.views.public import logo_svg, theme_css

portal = [
    path("theme/<slug:slug>.css", theme_css, name="theme"),
    path("logo/<slug:slug>.svg", logo_svg, name="logo"),
]
# The words of this list are refused as slugs (services.creation.RESERVED).
backoffice = [
    path("", pages.organisations_page, name="list"),
    path("new", pages.new_page, name="new"),
    path("competences", competences.competences_page, name="competences"),
    path("competences/<str:code>", competences.area_competences_page, name="area_competences"),
    path("verdict", identity.verdict_fragment, name="verdict"),
    path("<slug:slug>", pages.organisation_page, name="organisation"),
    path("<slug:slug>/identity", identity.identity_page, name="identity"),
    path("<slug:slug>/domains", choices.domains_page, name="domains"),
    path("<slug:slug>/settings", choices.settings_page, name="settings"),
    path("<slug:slug>/teams/new", teams.new_team_page, name="new_team"),
    path("<slug:slug>/teams/<int:team_id>", teams.team_page, name="team"),
    path("<slug:slug>/teams/<int:team_id>/delete", teams.delete_team_action, name="delete_team"),
]
