"""Residents' requests: what this package brings to the platform."""

from django.utils.translation import gettext_lazy as _

from parvis.domains.interventions.events import (
    CauseLinked,
    InterventionCancelled,
    InterventionFinished,
    InterventionOpened,
    InterventionRefused,
    InterventionReopened,
    InterventionStarted,
)
from parvis.domains.requests import demo, events, notices, panels, reactions
from parvis.domains.requests.models import Category, NumberSeries, Request, RequestEvent
from parvis.domains.requests.services import personal
from parvis.domains.requests.views.backoffice.listing import page_of
from parvis.kernel.contributions import (
    Counter,
    Demo,
    Menu,
    NoPersonalData,
    Notice,
    On,
    Panel,
    Permission,
    Resource,
    Retention,
    Setting,
    Shell,
    SubjectData,
)
from parvis.kernel.manifest import Manifest

_BASIS = _("Mission d’intérêt public (RGPD, article 6.1.e)")

manifest = Manifest(
    name="requests",
    label=_("Signalements"),
    requires=("interventions",),
    provides=(
        Permission(code="view", label=_("Voir les signalements")),
        Permission(code="triage", label=_("Traiter les signalements")),
        Permission(code="contact", label=_("Lire les coordonnées des habitants")),
        Permission(code="desk", label=_("Prendre un signalement au téléphone ou à l’accueil")),
        Permission(code="export", label=_("Exporter les signalements")),
        Menu(
            shell=Shell.PORTAL,
            label=_("Signaler un problème"),
            view="portal:requests:new",
            icon="megaphone",
            order=10,
            summary=_("Un trou, un lampadaire éteint, un dépôt sauvage : en deux minutes, sans compte."),
            primary=True,
        ),
        Menu(
            shell=Shell.PORTAL,
            label=_("Suivre un signalement"),
            view="portal:requests:track",
            icon="route",
            order=20,
            summary=_("Avec le code reçu lors de votre signalement."),
        ),
        Menu(
            shell=Shell.PORTAL,
            label=_("Signalements en cours"),
            view="portal:requests:index",
            icon="list-checks",
            order=30,
            summary=_("Ce qui est signalé et réparé près de chez vous."),
        ),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Signalements"),
            view="backoffice:requests:list",
            icon="megaphone",
            permission="requests.view",
            order=10,
            summary=_("Ce que les habitants signalent, à qui c’est confié et ce qui leur est répondu."),
        ),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Accueil téléphonique"),
            view="backoffice:requests:desk",
            icon="phone",
            permission="requests.desk",
            order=15,
            summary=_("Prendre un signalement au téléphone ou à l’accueil, retrouver celui d’une personne."),
        ),
        Counter(
            shell=Shell.BACKOFFICE,
            label=_("nouveaux signalements"),
            view="backoffice:requests:list",
            icon="megaphone",
            count=panels.count_new,
            permission="requests.view",
            query="state=received&sort=oldest",
            order=10,
        ),
        Counter(
            shell=Shell.BACKOFFICE,
            label=_("signalements à revoir"),
            view="backoffice:requests:list",
            icon="circle-alert",
            count=panels.count_attention,
            permission="requests.view",
            query="state=attention&sort=oldest",
            order=12,
        ),
        Resource(type="ServiceRequest", label=_("Signalement"), page=page_of),
        Panel(
            resource="Intervention",
            title=_("Signalements liés"),
            template="requests/panels/linked.html",
            context=panels.linked_to_intervention,
            permission="requests.view",
            order=20,
        ),
        Panel(
            resource="PortalHome",
            title=_("Signalements des trente derniers jours"),
            template="requests/panels/portal_home.html",
            context=panels.month_on_the_portal,
            order=20,
        ),
        On(event=events.RequestReceived, handler=notices.tell_resident),
        On(event=events.RequestAccepted, handler=notices.tell_resident),
        On(event=events.RequestStarted, handler=notices.tell_resident),
        On(event=events.RequestClosed, handler=notices.tell_resident),
        On(event=events.RequestReopened, handler=notices.tell_resident),
        On(event=events.RequestAnswered, handler=notices.tell_resident),
        On(event=InterventionOpened, handler=reactions.on_opened),
        On(event=CauseLinked, handler=reactions.on_linked),
        On(event=InterventionStarted, handler=reactions.on_started),
        On(event=InterventionFinished, handler=reactions.on_finished),
        On(event=InterventionRefused, handler=reactions.on_refused),
        On(event=InterventionCancelled, handler=reactions.on_cancelled),
        On(event=InterventionReopened, handler=reactions.on_reopened),
        Notice(code="received", label=_("Signalement reçu"), template="requests/mail/received", sample=notices.sample),
        Notice(
            code="accepted",
            label=_("Signalement pris en charge"),
            template="requests/mail/accepted",
            sample=notices.sample,
        ),
        Notice(
            code="started", label=_("Intervention commencée"), template="requests/mail/started", sample=notices.sample
        ),
        Notice(code="done", label=_("Signalement résolu"), template="requests/mail/done", sample=notices.sample),
        Notice(
            code="refused", label=_("Signalement sans suite"), template="requests/mail/refused", sample=notices.sample
        ),
        Notice(
            code="reopened", label=_("Signalement rouvert"), template="requests/mail/reopened", sample=notices.sample
        ),
        Notice(code="message", label=_("Message du service"), template="requests/mail/message", sample=notices.sample),
        Setting(
            key="keep_contact_days",
            label=_("Conservation des coordonnées après clôture (jours)"),
            kind=int,
            default=personal.KEEP_DAYS,
            help=_(
                "Ensuite, les coordonnées, les photos et les échanges sont effacés ; le signalement reste, sans personne."
            ),
        ),
        Retention(
            model=Request,
            purpose=_("Traiter un problème signalé dans l’espace public et répondre à la personne"),
            legal_basis=_BASIS,
            personal_fields=(
                "contact_name",
                "contact_email",
                "contact_phone",
                "reporter",
                "description",
                "code_seed",
                "code_fingerprint",
            ),
            keep_days=personal.KEEP_DAYS,
            purge=personal.purge,
            starts=_("la clôture du signalement"),
        ),
        Retention(
            model=RequestEvent,
            purpose=_("Garder l’historique d’un signalement et les échanges avec la personne"),
            legal_basis=_BASIS,
            personal_fields=("text", "author"),
            keep_days=personal.KEEP_DAYS,
            purge=personal.purge_steps,
            starts=_("la clôture du signalement"),
        ),
        NoPersonalData(model=Category, why="The list of problems that may be reported."),
        NoPersonalData(model=NumberSeries, why="One counter a year."),
        SubjectData(label=_("Vos signalements"), export=personal.export_of, erase=personal.erase_of),
        Demo(load=demo.load, order=60),
    ),
)
