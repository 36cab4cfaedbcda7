"""The documents say what is so: links lead somewhere, commands and verbs exist, every command is listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nexus_studio.cli_arguments import COMMANDS
from tests.architecture.tree import ROOT

DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "tests/README.md", ROOT / "benchmarks/README.md"]
)
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
NAMES = {command.name for command in COMMANDS}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    dead = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert dead == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_commands_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    spoken = set(re.findall(r"nexus-studio ([a-z]+(?:-[a-z]+)*)\b(?!\s*:)", _code(text)))
    assert spoken - NAMES == set()
    verbs = set(re.findall(r"\bmake ([a-z0-9-]+)", _code(text)))
    known = set(re.findall(r"^([a-z0-9-]+):.*## ", MAKEFILE, re.MULTILINE))
    assert verbs - known == set()


def test_the_readme_lists_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `nexus-studio ([a-z-]+)` \|", text, re.MULTILINE))
    assert listed == NAMES


def test_the_readme_answers_every_npm_script() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    scripts = ("generate", "migrate", "migrate:deploy", "push", "reset", "seed", "studio")
    assert [name for name in scripts if f"`npm run db:{name}`" not in text] == []
    assert "npm run docker:up" in text


def _code(text: str) -> str:
    """Return what stands in code blocks and between backticks."""
    blocks = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join(
        [*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))]
    )
