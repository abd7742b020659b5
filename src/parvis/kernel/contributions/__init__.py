"""The kinds of contribution a package may declare; each is read by one consumer (docs/contributions.md)."""

from parvis.kernel.contributions.demo import Demo, DemoScene, Simulated, SimulatedUplink
from parvis.kernel.contributions.people import Permission
from parvis.kernel.contributions.personal import NoPersonalData, Retention, SubjectData
from parvis.kernel.contributions.reactions import (
    Change,
    ChangeConsumer,
    ChangeRecorder,
    EntityChange,
    InstanceChange,
    Job,
    Notice,
    On,
)
from parvis.kernel.contributions.screens import Counter, Menu, Panel, Resource, Shell
from parvis.kernel.contributions.settings import Setting
from parvis.kernel.contributions.things import AttributeSpec, EntityType, ThingState

__all__ = [
    "AttributeSpec",
    "Change",
    "ChangeConsumer",
    "ChangeRecorder",
    "Counter",
    "Demo",
    "DemoScene",
    "EntityChange",
    "EntityType",
    "InstanceChange",
    "Job",
    "Menu",
    "NoPersonalData",
    "Notice",
    "On",
    "Panel",
    "Permission",
    "Resource",
    "Retention",
    "Setting",
    "Shell",
    "Simulated",
    "SimulatedUplink",
    "SubjectData",
    "ThingState",
]
