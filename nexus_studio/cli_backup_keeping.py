"""What `backup list`, `folders` and `prune` do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from nexus_studio.cli_backup_output import entries_data, entries_text, plan_data, plan_text
from nexus_studio.cli_backup_spec import names_database
from nexus_studio.cli_output import FAILED, OK, Result
from nexus_studio.cli_sure import require_rail
from nexus_studio.cli_target import find_target, opened
from nexus_studio.core.admin.retention import RetentionRule
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups import library, retention
from nexus_studio.services.paths import Paths

Run = Callable[[argparse.Namespace, TaskContext], Result]


def list_backups(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """List the library, of one database where one is named."""
    paths = Paths.default()
    profile = find_target(arguments).profile if names_database(arguments) else None
    found = library.listing(paths, _folders(arguments, paths), ctx, profile)
    data = {
        "backups": entries_data(found.entries),
        "unreadable": [{"path": path, "words": words} for path, words in found.unreadable],
    }
    lines = [entries_text(found.entries), *(f"can't be read: {path} ({words})" for path, words in found.unreadable)]
    return Result(data, "\n".join(lines))


def folders(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say where backups are looked for; add a folder or leave one out."""
    ctx.token.raise_if_cancelled()
    paths = Paths.default()
    if arguments.add:
        found = library.add_folder(paths, arguments.add)
    elif arguments.remove:
        found = library.remove_folder(paths, arguments.remove)
    else:
        found = library.folders(paths)
    return Result({"folders": found}, "\n".join(map(str, found)))


def prune(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Delete old backups of one database by a rule; with --dry-run only say which."""
    paths = Paths.default()
    with opened(arguments, ctx) as session:
        profile = session.profile
        entries = library.entries(paths, _folders(arguments, paths), ctx, profile)
        plan = retention.plan(entries, rule_of(arguments), profile)
        data, text = plan_data(plan), plan_text(plan)
        if arguments.dry_run or not plan.dropped:
            return Result({"would_delete": data}, text)
        if not arguments.quiet:
            sys.stderr.write(text + "\n")
        require_rail(arguments, session, "backup.prune")
        done = retention.prune(plan, ctx)
    left = [{"file": file, "words": words} for file, words in done.left]
    found = {"deleted": done.removed, "freed_bytes": done.freed_bytes, "left": left, "plan": data}
    lines = [f"{len(done.removed)} deleted, {human_bytes(done.freed_bytes)} freed."]
    lines += [f"left: {file} ({words})" for file, words in done.left]
    if done.left:
        lines.insert(0, f"{len(done.left)} of {len(plan.dropped)} backups could not be deleted.")
    return Result(found, "\n".join(lines), FAILED if done.left else OK)


def _folders(arguments: argparse.Namespace, paths: Paths) -> tuple[Path, ...] | None:
    """Return where to look: the library and what was named besides."""
    if not arguments.folder:
        return None
    return (*library.folders(paths), *(each.expanduser().absolute() for each in arguments.folder))


def rule_of(arguments: argparse.Namespace) -> RetentionRule:
    """Return which backups are kept."""
    return RetentionRule(arguments.daily, arguments.weekly, arguments.monthly, arguments.at_least)


RUNS: Final[Mapping[str, Run]] = {
    "backup list": list_backups,
    "backup folders": folders,
    "backup prune": prune,
}
"""By "command action"."""
