"""squawk, a linter for migrations, where a person has installed it: its findings about the statements of a revision."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nexus_studio.core.admin.safety import Danger, SafetyFinding
from nexus_studio.core.errors import ToolMissing
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.tools import run_tool

log = logging.getLogger(__name__)

TOOL = "squawk"

# Status: 0 nothing found, 1 something found; all else is a refusal.
_FINE = frozenset({0, 1})

# What the rehearsal sees for itself, with the session's own settings.
_LEFT_OUT = frozenset({"require-lock-timeout", "require-statement-timeout", "require-timeout-settings"})


def find_squawk() -> Path | None:
    """Return the program where it is installed."""
    found = shutil.which(TOOL)
    return Path(found) if found else None


def squawk_findings(
    program: Path,
    revision: str,
    statements: Sequence[tuple[str, bool]],
    server_version: int,
    folder: Path,
    ctx: TaskContext,
) -> tuple[SafetyFinding, ...] | None:
    """Have squawk look at the statements of one revision; None where it could not.

    Args:
        program: From `find_squawk`.
        revision: Whose statements.
        statements: Each statement's SQL, in order, and whether it runs in a transaction.
        server_version: server_version_num.
        folder: The project's, for its .squawk.toml.
        ctx: Whose token ends the program.
    """
    text, beginnings = _joined([sql for sql, _ in statements])
    arguments = ["--reporter", "json", "--pg-version", str(server_version // 10_000)]
    config = folder / ".squawk.toml"
    if config.is_file():
        arguments += ["--config", str(config)]
    if all(in_transaction for _, in_transaction in statements):
        arguments.append("--assume-in-transaction")
    try:
        ran = run_tool(program, arguments, ctx, stdin=text.encode())
        found = json.loads(ran.output) if ran.status in _FINE else None
    except (ToolMissing, ValueError):
        found = None
    if not isinstance(found, list):
        log.info("squawk not used")
        return None
    read = (_read(each, revision, beginnings) for each in found if isinstance(each, dict))
    return tuple(each for each in read if each.rule not in _LEFT_OUT)


def _joined(statements: Sequence[str]) -> tuple[str, list[int]]:
    """Write statements below one another; return the text and the line, from 0, at which each begins."""
    text, beginnings = "", []
    for each in statements:
        beginnings.append(text.count("\n"))
        text += each.strip().rstrip(";") + "\n;\n"  # a line of its own: a statement may end with a comment
    return text, beginnings


def _read(found: dict[str, Any], revision: str, beginnings: Sequence[int]) -> SafetyFinding:
    """Read one finding: of version 1 and later "message" and "help", of earlier ones "messages"."""
    line = found.get("line", 0)
    number = sum(1 for begin in beginnings if begin <= line)
    words = [str(found[key]) for key in ("message", "help") if found.get(key)]
    words += [str(part) for each in found.get("messages", ()) for part in each.values()]
    danger = Danger.CAUTION if found.get("level") == "Error" else Danger.NOTE
    return SafetyFinding(
        "squawk", danger, revision, number, words=" ".join(words), rule=str(found.get("rule_name", ""))
    )
