"""docs/safety.md says of each act what the program does."""

from __future__ import annotations

from nexus_studio.cli_arguments import COMMANDS
from nexus_studio.core.admin.acts import ACTS
from scripts.safety import DOCUMENT, with_tables


def test_the_tables_are_those_of_the_declarations() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert with_tables(document) == document, "run: python -m scripts.safety"
    assert all(f"| {each.does} |" in document for each in ACTS)


def test_every_command_of_an_act_is_there() -> None:
    known = {(command.name, *action) for command in COMMANDS for action in _actions(command)}
    said = {each.id: tuple(word for word in each.command if not word.startswith("--")) for each in ACTS if each.command}
    assert [name for name, words in said.items() if words not in known] == []


def _actions(command: object) -> list[tuple[str, ...]]:
    return [(each.name,) for each in getattr(command, "actions", ())] or [()]
