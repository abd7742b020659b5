from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import Job, Menu, NoPersonalData, Permission, Shell
from parvis.kernel.manifest import Manifest
from parvis.telemetry.context import jobs
from parvis.telemetry.context.broker import all_endpoints
from parvis.telemetry.context.broker.endpoints import Endpoints
from parvis.telemetry.context.limits import LIMITS
from parvis.telemetry.context.models import (
    AskedPath,
    Entity,
    EntityMap,
    JsonLdContext,
    QueuedChange,
    QueuedNotification,
    Registration,
    Revision,
    Subscription,
    Tenant,
)

manifest = Manifest(
    name="context",
    label=_("Objets de la ville"),
    provides=(
        Permission(code="view", label=_("Voir les objets de la ville et leur état")),
        Permission(code="operate", label=_("Rejouer ou abandonner les changements en échec")),
        Permission(code="administer", label=_("Administrer le courtier NGSI-LD : abonnements, sources, contextes")),
        Permission(code="read", label=_("Lire les objets par l’API NGSI-LD")),
        Permission(code="write", label=_("Écrire les objets par l’API NGSI-LD")),
        Permission(code="subscribe", label=_("S’abonner aux objets par l’API NGSI-LD")),
        Permission(code="register", label=_("Déclarer des sources de contexte par l’API NGSI-LD")),
        Endpoints(endpoints=all_endpoints.ENDPOINTS),
        *LIMITS,
        Menu(
            shell=Shell.CONTROL_ROOM,
            label=_("Objets"),
            view="control_room:context:things",
            icon="radio-tower",
            permission="context.view",
            order=30,
        ),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Objets"),
            view="backoffice:context:things",
            icon="radio-tower",
            permission="context.view",
            order=40,
            summary=_("L’inventaire des équipements, leur état et leurs mesures."),
        ),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Courtier NGSI-LD"),
            view="backoffice:context:broker",
            icon="waypoints",
            permission="context.view",
            order=45,
            summary=_(
                "Interroger les objets comme un programme, suivre les abonnements, les sources et les contextes."
            ),
        ),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Changements en échec"),
            view="backoffice:context:failures",
            icon="circle-alert",
            permission="context.operate",
            order=85,
        ),
        Job(
            code="context.expired",
            label=_("Retirer les objets expirés"),
            run=jobs.remove_expired,
            every_s=60,
        ),
        Job(
            code="context.expired_attributes",
            label=_("Retirer les attributs expirés des objets"),
            run=jobs.remove_expired_attributes,
            every_s=3600,
        ),
        Job(
            code="context.sources",
            label=_("Retirer les sources expirées et suivre de nouveau les autres courtiers"),
            run=jobs.look_after_sources,
            every_s=300,
        ),
        Job(code="context.refresh", label=_("Recalculer l’état des objets"), run=jobs.refresh, every_s=86_400),
        Job(
            code="context.forget_notifications",
            label=_("Oublier les notifications abandonnées que personne n’a rejouées"),
            run=jobs.forget_notifications,
            every_s=3600,
        ),
        Job(
            code="context.forget_values",
            label=_("Oublier les valeurs que plus aucune requête ne recherche"),
            run=jobs.forget_values,
            every_s=86_400,
        ),
        NoPersonalData(
            model=Entity, why="equipment of the public space; attributes of a person are refused by their package"
        ),
        NoPersonalData(model=QueuedChange, why="a copy, for seconds, of changes of that equipment"),
        NoPersonalData(model=AskedPath, why="names of measures that queries ask about"),
        NoPersonalData(model=Tenant, why="names of worlds kept apart"),
        NoPersonalData(model=JsonLdContext, why="vocabularies"),
        NoPersonalData(model=Subscription, why="what programs follow, and the addresses of programs"),
        NoPersonalData(model=QueuedNotification, why="a copy, until it is delivered, of changes of that equipment"),
        NoPersonalData(model=Revision, why="tokens without meaning"),
        NoPersonalData(model=Registration, why="addresses of other brokers and what they hold"),
        NoPersonalData(model=EntityMap, why="identifiers of that equipment"),
    ),
)
