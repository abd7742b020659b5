from django.utils.translation import gettext_lazy as _

from parvis.foundations.organisations.models import Competence, Organisation, OrganisationSetting, Team
from parvis.kernel.contributions import NoPersonalData, Permission
from parvis.kernel.manifest import Manifest

manifest = Manifest(
    name="organisations",
    label=_("Organisations"),
    provides=(
        Permission(code="view", label=_("Consulter les organisations")),
        Permission(code="manage", label=_("Gérer les organisations, leurs compétences et leurs équipes")),
        NoPersonalData(model=Organisation, why="Public bodies and companies, with the addresses they publish."),
        NoPersonalData(model=Team, why="A name of a service; who is in it belongs to identity."),
        NoPersonalData(model=Competence, why="Which public body answers for which subject."),
        NoPersonalData(model=OrganisationSetting, why="Configuration of a public body."),
    ),
)
