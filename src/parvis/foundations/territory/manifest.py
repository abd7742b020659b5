from django.utils.translation import gettext_lazy as _

from parvis.foundations.territory import pages
from parvis.foundations.territory.models import URN_TYPE, Area, Revision
from parvis.kernel.contributions import Menu, NoPersonalData, Permission, Resource, Shell
from parvis.kernel.manifest import Manifest

manifest = Manifest(
    name="territory",
    label=_("Territoire"),
    provides=(
        Permission(code="view", label=_("Consulter le territoire et ses contours")),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Territoire"),
            view="backoffice:territory:list",
            icon="map",
            permission="territory.view",
            order=80,
            summary=_("Communes, quartiers, contours et leurs sources"),
        ),
        Resource(type=URN_TYPE, label=_("Territoire"), page=pages.page_of),
        NoPersonalData(model=Area, why="Public administrative areas: names, official codes, populations and outlines."),
        NoPersonalData(model=Revision, why="One random number, renewed when an area changes."),
    ),
)
