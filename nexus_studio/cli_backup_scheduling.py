"""What `backup copy`, `schedule`, `unschedule`, `run` and `runs` do."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Final

from nexus_studio.cli_backup_keeping import rule_of
from nexus_studio.cli_backup_output import record_data
from nexus_studio.cli_backup_schedules import (
    runs_data,
    runs_text,
    schedule_data,
    schedule_text,
    troubles_data,
    troubles_text,
)
from nexus_studio.cli_backup_spec import backup_file, folder_of, spec_of
from nexus_studio.cli_output import FAILED, OK, Result
from nexus_studio.core.admin.schedules import SCHEDULED, Schedule, Scheduler
from nexus_studio.core.admin.sizes import human_bytes
from nexus_studio.core.errors import UserError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups import copying, running, runs, scheduling
from nexus_studio.services.paths import Paths

Run = Callable[[argparse.Namespace, TaskContext], Result]


def copy(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Copy a backup elsewhere and compare it there."""
    made = copying.copy(backup_file(arguments), arguments.to, ctx)
    data = {
        "copy": made.where,
        "size_bytes": made.size_bytes,
        "backup": None if made.record is None else record_data(made.record),
    }
    return Result(data, f"Copied to {made.where} ({human_bytes(made.size_bytes)}), and read again there.")


def schedule(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Have the system make backups; with --show only say what it would be told."""
    paths = Paths.default()
    folder = folder_of(arguments)
    wanted = Schedule(
        _profile(arguments),
        arguments.at,
        arguments.days,
        rule_of(arguments) if arguments.prune else None,
        arguments.verify,
        arguments.copy_to,
        spec_of(arguments, reason=SCHEDULED),
        str(folder) if folder else "",
    )
    scheduler = Scheduler(arguments.scheduler) if arguments.scheduler else None
    does = scheduling.shown if arguments.show else scheduling.install
    found = does(paths, wanted, ctx, scheduler)
    return Result({"schedule": schedule_data(found)}, schedule_text(found, is_shown=arguments.show))


def unschedule(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Take a schedule away."""
    name = _profile(arguments)
    found = scheduling.remove(Paths.default(), name, ctx)
    if found is None:
        raise UserError("cli.not_scheduled", name=name)
    by_hand = [f"run: {each}" for each in found.commands] if found.notes else []
    text = "\n".join([f"No backup of {name} is scheduled any more.", *by_hand])
    return Result({"removed": schedule_data(found)}, text)


def run(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Make a scheduled backup now, with all that its schedule says besides."""
    outcome = running.run(Paths.default(), _profile(arguments), ctx)
    if outcome.error is not None:
        raise outcome.error
    made = outcome.run
    lines = [f"backup  {made.file}"]
    lines += [f"copied  {made.copied_to}"] if made.copied_to else []
    lines += [f"deleted {made.removed} old ones"] if made.removed else []
    return Result({"run": runs_data((made,))[0]}, "\n".join(lines))


def list_runs(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Say what is scheduled, how it went, and what failed or was missed; 1 where something did."""
    ctx.token.raise_if_cancelled()
    paths = Paths.default()
    schedules = [each for each in scheduling.installed(paths) if arguments.profile in {None, each.schedule.profile}]
    known, troubles = runs.runs_and_troubles(paths, profile=arguments.profile)
    data = {
        "schedules": [schedule_data(each) for each in schedules],
        "runs": runs_data(known),
        "troubles": troubles_data(troubles),
    }
    parts = [troubles_text(troubles), *(schedule_text(each, is_shown=False) for each in schedules), runs_text(known)]
    text = "\n\n".join(each for each in parts if each) or "No backup is scheduled."
    return Result(data, text, FAILED if troubles else OK)


def _profile(arguments: argparse.Namespace) -> str:
    if not arguments.profile:
        raise UserError("cli.needs_profile")
    return str(arguments.profile)


RUNS: Final[Mapping[str, Run]] = {
    "backup copy": copy,
    "backup schedule": schedule,
    "backup unschedule": unschedule,
    "backup run": run,
    "backup runs": list_runs,
}
"""By "command action"."""
