from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import ChangeRecorder, Job, NoPersonalData, Panel, Setting
from parvis.kernel.manifest import Manifest
from parvis.telemetry.history import jobs, panels, recording
from parvis.telemetry.history.models import Attribute, Departed, Observation, Shape

manifest = Manifest(
    name="history",
    label=_("Historique des mesures"),
    provides=(
        ChangeRecorder(code="history", record=recording.record, ids_of=recording.ids_of),
        Panel(
            resource="Thing",
            title=_("Mesures"),
            template="history/curves.html",
            context=panels.curves,
            permission="context.view",
            order=10,
        ),
        Setting(
            key="keep_days",
            label=_("Durée de conservation des mesures (jours)"),
            kind=int,
            default=jobs.KEEP_DAYS,
            help=_("Les mesures plus anciennes sont supprimées chaque nuit. Au moins 30 jours."),
        ),
        Job(
            code="history.partitions_ahead",
            label=_("Préparer les tables des mesures à venir"),
            run=jobs.make_partitions_ahead,
            every_s=21_600,
        ),
        Job(
            code="history.retention",
            label=_("Supprimer les mesures trop anciennes"),
            run=jobs.drop_old_partitions,
            every_s=86_400,
        ),
        NoPersonalData(model=Attribute, why="names of what is measured"),
        NoPersonalData(model=Shape, why="types and units of what is measured"),
        NoPersonalData(model=Departed, why="identifiers of things that were, not of people"),
        NoPersonalData(model=Shape, why="what observations have in common"),
        NoPersonalData(model=Departed, why="names of equipment that is no more"),
        NoPersonalData(model=Observation, why="what equipment of the public space measured"),
    ),
)
