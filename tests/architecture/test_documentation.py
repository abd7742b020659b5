"""The documentation names everything a developer may declare, set or run."""

import argparse
from pathlib import Path

import pytest

from parvis.kernel import contributions
from parvis.kernel.events import Event
from parvis.project.cli import parser

ROOT = Path(__file__).resolve().parent.parent.parent


def commands(whole: argparse.ArgumentParser, prefix: str = "parvis") -> list[str]:
    """Every command that runs, `parvis load things` among them."""
    groups = [action for action in whole._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        return [prefix]
    return [found for name, sub in groups[0].choices.items() for found in commands(sub, f"{prefix} {name}")]


@pytest.mark.parametrize("kind", [name for name in contributions.__all__ if name[0].isupper()])
def test_every_kind_of_contribution_is_documented(kind: str) -> None:
    assert f"`{kind}" in (ROOT / "docs" / "contributions.md").read_text()


@pytest.mark.parametrize("command", commands(parser()))
def test_every_command_is_documented_and_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"`{command}" in (ROOT / "docs" / "commands.md").read_text()
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([*command.split()[1:], "--help"])
    assert ended.value.code == 0
    assert len(capsys.readouterr().out) > 100


def test_every_environment_variable_is_documented() -> None:
    import re

    told = (ROOT / "docs" / "settings.md").read_text()
    used = set()
    for path in (ROOT / "src").rglob("*.py"):
        used |= set(re.findall(r'environment\.\w+\(\s*"(PARVIS_\w+)"', path.read_text()))
    assert used
    assert {name for name in used if f"`{name}`" not in told} == set()


BASES = {base for kind in Event._types.values() for base in kind.__bases__}


@pytest.mark.parametrize(
    "event",
    sorted(kind.__name__ for kind in set(Event._types.values()) - BASES if ".tests." not in kind.__module__),
)
def test_every_event_is_documented(event: str) -> None:
    assert f"`{event}`" in (ROOT / "docs" / "events.md").read_text()
