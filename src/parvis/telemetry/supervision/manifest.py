from django.utils.translation import gettext_lazy as _

from parvis.kernel.contributions import (
    ChangeConsumer,
    Counter,
    Menu,
    NoPersonalData,
    Panel,
    Permission,
    Resource,
    Retention,
    Shell,
    SubjectData,
)
from parvis.kernel.manifest import Manifest
from parvis.kernel.sql import statement
from parvis.telemetry.supervision import pages, retention, tasks
from parvis.telemetry.supervision.models import Alarm, AlarmEvent, Rule, RuleState
from parvis.telemetry.supervision.services import tick

manifest = Manifest(
    name="supervision",
    label=_("Supervision"),
    provides=(
        Permission(code="view", label=_("Voir les alarmes")),
        Permission(code="acknowledge", label=_("Acquitter les alarmes")),
        Permission(code="manage_rules", label=_("Écrire les règles d’alarme")),
        ChangeConsumer(
            code="supervision",
            handler=tasks.consume_changes,
            tick=tick,
            wants=statement("parvis.telemetry.supervision", "watched"),
        ),
        Menu(
            shell=Shell.CONTROL_ROOM,
            label=_("Alarmes"),
            view="control_room:supervision:alarms",
            icon="bell",
            permission="supervision.view",
            order=20,
            primary=True,
        ),
        Menu(
            shell=Shell.BACKOFFICE,
            label=_("Règles d’alarme"),
            view="backoffice:supervision:rules",
            icon="bell-ring",
            permission="supervision.manage_rules",
            order=60,
            summary=_("Quand une mesure doit alerter, et ce que l’opérateur doit faire."),
        ),
        Counter(
            shell=Shell.CONTROL_ROOM,
            label=_("alarmes à acquitter"),
            view="control_room:supervision:alarms",
            icon="bell",
            count=pages.unacknowledged_count,
            permission="supervision.view",
            query="state=unacknowledged",
            order=10,
        ),
        Panel(
            resource="ControlRoom",
            title=_("Alarmes ouvertes"),
            template="supervision/panels/control_room.html",
            context=pages.control_room_panel,
            permission="supervision.view",
            order=10,
        ),
        Panel(
            resource="Thing",
            title=_("Alarmes"),
            template="supervision/panels/thing.html",
            context=pages.thing_panel,
            permission="supervision.view",
            order=10,
        ),
        Resource(type="Alarm", label=_("Alarme"), page=pages.alarm_page),
        Resource(type="Rule", label=_("Règle d’alarme"), page=pages.rule_page),
        Retention(
            model=Alarm,
            purpose=_("Suivre les pannes des équipements et ce qui en a été fait"),
            legal_basis=_("Mission d’intérêt public (RGPD, art. 6-1-e)"),
            personal_fields=("acknowledged_by", "comment"),
            keep_days=retention.KEEP_DAYS,
            purge=retention.purge_alarms,
            starts=_("la clôture de l’alarme"),
        ),
        Retention(
            model=AlarmEvent,
            purpose=_("Savoir quel agent a répondu à une alarme"),
            legal_basis=_("Mission d’intérêt public (RGPD, art. 6-1-e)"),
            personal_fields=("by", "text"),
            keep_days=retention.KEEP_DAYS,
            purge=retention.purge_lines,
            starts=_("l’inscription de la ligne"),
        ),
        NoPersonalData(model=Rule, why="A threshold on equipment; who wrote it is in the journal."),
        NoPersonalData(model=RuleState, why="The memory a rule has of a piece of equipment."),
        SubjectData(label=_("Alarmes acquittées"), export=retention.export, erase=retention.erase),
    ),
)
