"""What git knows of a project's `.env` and its example. git only reads here."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nexus_studio.core.admin.envfiles import EXAMPLE_NAME, FILE_NAME
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.tools import run_tool

EXAMPLES = (EXAMPLE_NAME, ".env.sample", ".env.template", ".env.dist")

_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*$")
_SECRET_NAME = re.compile(r"PASS|PWD|SECRET", re.IGNORECASE)
_HARMLESS = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")  # nothing of the repository's is run
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


@dataclass(frozen=True, slots=True)
class GitFiles:
    """How `.env` stands in the repository of a folder.

    `was_committed`: some commit, of any branch, has it. `published` are the passwords that the examples have or ever
    had; they are compared with and shown nowhere.
    """

    folder: Path
    has_env: bool
    is_tracked: bool
    is_ignored: bool
    was_committed: bool
    published: frozenset[str] = field(repr=False)


def git_files(folder: Path, ctx: TaskContext) -> GitFiles | None:
    """Ask git; None where it is not installed, or the folder is in no repository. Five short programs.

    Raises:
        ToolMissing: git can't be run.
    """
    found = shutil.which("git")
    if found is None:
        return None

    def git(*words: str) -> tuple[int, str]:
        ran = run_tool(Path(found), (*_HARMLESS, "-C", str(folder), *words), ctx, environment=_QUIET)
        return ran.status, ran.output.decode("utf-8", "replace")

    if git("rev-parse", "--is-inside-work-tree")[1].strip() != "true":
        return None
    history = git("log", "--all", "--format=", "-p", "--no-ext-diff", "--no-textconv", "--", *EXAMPLES)[1]
    added = (line[1:] for line in history.splitlines() if line.startswith("+") and not line.startswith("+++"))
    return GitFiles(
        folder,
        has_env=(folder / FILE_NAME).exists(),
        is_tracked=bool(git("ls-files", "--", FILE_NAME)[1].strip()),
        is_ignored=git("check-ignore", "-q", "--", FILE_NAME)[0] == 0,
        was_committed=bool(git("log", "--all", "--format=%h", "-1", "--", FILE_NAME)[1].strip()),
        published=published_in(added),
    )


def published_examples(folder: Path) -> frozenset[str]:
    """Return the passwords of the examples as they lie in a folder."""
    lines: list[str] = []
    for name in EXAMPLES:
        try:
            lines += (folder / name).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
    return published_in(lines)


def published_in(lines: Iterable[str]) -> frozenset[str]:
    """Return the passwords that lines of an .env file hold: in variables named so, and in URLs."""
    return frozenset(secret for line in lines for secret in _secrets(line) if secret and "${" not in secret)


def _secrets(line: str) -> Iterator[str]:
    found = _ASSIGNMENT.match(line)
    if found is None:
        return
    value = found["value"].strip("'\"`")
    if "://" in value:
        try:
            password = urlsplit(value).password
        except ValueError:
            return
        if password:
            yield unquote(password)
    elif _SECRET_NAME.search(found["name"]):
        yield value
