from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import ChangeRecorder, Job, Menu, NoPersonalData, Panel, Permission, Setting, Shell
from parvis.kernel.manifest import Manifest
from parvis.telemetry.context.broker.endpoints import Endpoints
from parvis.telemetry.history import jobs, panels, recording
from parvis.telemetry.history.lake.compaction import HOT_DAYS
from parvis.telemetry.history.lake.terms import KEEP_DAYS
from parvis.telemetry.history.models import Attribute, Departed, Forgotten, KeepRule, LakeFile, Observation, Shape
from parvis.telemetry.history.temporal.endpoints import ENDPOINTS

manifest = Manifest(
    name="history",
    label=_("Historique des mesures"),
    provides=(
        Endpoints(endpoints=ENDPOINTS),
        ChangeRecorder(code="history", record=recording.record, ids_of=recording.ids_of),
        Panel(
            resource="Thing",
            title=_("Mesures"),
            template="history/curves.html",
            context=panels.curves,
            permission="context.view",
            order=10,
        ),
        Permission(code="observe", label=_("Interroger l’historique des mesures")),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Observatoire"),
            view="backoffice:history:observatory",
            icon="telescope",
            permission="history.observe",
            order=75,
            summary=_("Moyennes, seuils et comparaisons sur tout l’historique des mesures."),
        ),
        Permission(code="retain", label=_("Fixer la durée de conservation des mesures")),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Conservation des mesures"),
            view="backoffice:history:terms",
            icon="archive",
            permission="history.retain",
            order=76,
            summary=_("Combien de temps chaque mesure est gardée, quand ce n’est pas comme le reste."),
        ),
        Setting(
            key="keep_days",
            label=_("Durée de conservation des mesures (jours)"),
            kind=int,
            default=KEEP_DAYS,
            help=_("Les mesures plus anciennes sont supprimées chaque nuit. Au moins 30 jours."),
        ),
        Job(
            code="history.partitions_ahead",
            label=_("Préparer les tables des mesures à venir"),
            run=jobs.make_partitions_ahead,
            every_s=21_600,
        ),
        Setting(
            key="hot_days",
            label=_("Jours de mesures gardés en base avant l’archivage en fichiers"),
            kind=int,
            default=HOT_DAYS,
            help=_("Au moins un. Les mesures tardives et les corrections coûtent moins en base."),
        ),
        Job(
            code="history.lake",
            label=_("Archiver les mesures des jours passés en fichiers"),
            run=jobs.compact_lake,
            every_s=3_600,
        ),
        Job(
            code="history.retention",
            label=_("Supprimer les mesures trop anciennes"),
            run=jobs.drop_old_partitions,
            every_s=86_400,
        ),
        NoPersonalData(model=Attribute, why="names of what is measured"),
        NoPersonalData(model=Shape, why="what observations have in common"),
        NoPersonalData(model=Departed, why="names of equipment that is no more"),
        NoPersonalData(model=LakeFile, why="a list of files and of the kinds of measures in them"),
        NoPersonalData(model=Forgotten, why="numbers of things and attributes that are to be erased"),
        NoPersonalData(model=KeepRule, why="how long kinds of measures are kept"),
        NoPersonalData(model=Observation, why="what equipment of the public space measured"),
    ),
)
