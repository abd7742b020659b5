from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations import pages, panels
from parvis.foundations.organisations.models import URN_TYPE, Competence, Organisation, OrganisationSetting, Team
from parvis.foundations.territory.models import URN_TYPE as AREA_TYPE
from parvis.kernel.contributions import Menu, NoPersonalData, Panel, Permission, Resource, Shell
from parvis.kernel.manifest import Manifest

manifest = Manifest(
    name="organisations",
    label=_("Organisations"),
    provides=(
        Permission(code="view", label=_("Consulter les organisations")),
        Permission(code="manage", label=_("Gérer les organisations, leurs compétences et leurs équipes")),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Organisations"),
            view="backoffice:organisations:list",
            icon="landmark",
            permission="organisations.view",
            order=81,
            summary=_("Identité, services ouverts, réglages et équipes de chacune"),
        ),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Compétences"),
            view="backoffice:organisations:competences",
            icon="scale",
            permission="organisations.view",
            order=82,
            summary=_("Qui répond de quoi, commune par commune"),
        ),
        Panel(
            resource=AREA_TYPE,
            title=_("Qui répond de quoi"),
            template="organisations/panels/competent.html",
            context=panels.competent_in_area,
            permission="organisations.view",
        ),
        Resource(type=URN_TYPE, label=_("Organisation"), page=pages.page_of),
        NoPersonalData(model=Organisation, why="Public bodies and companies, with the addresses they publish."),
        NoPersonalData(model=Team, why="A name of a service; who is in it belongs to identity."),
        NoPersonalData(model=Competence, why="Which public body answers for which subject."),
        NoPersonalData(model=OrganisationSetting, why="Configuration of a public body."),
    ),
)
