"""What `growth --schedule` and `growth --unschedule` do: have the system's scheduler take samples, or no longer."""

from __future__ import annotations

import argparse
from typing import Any

from nexus_studio.cli_output import Result, facts
from nexus_studio.cli_wording_backups import schedule_note
from nexus_studio.core.admin.schedules import Scheduler
from nexus_studio.core.errors import UserError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health import sampling
from nexus_studio.services.health.sampling import Sampling
from nexus_studio.services.paths import Paths


def scheduled(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Have samples of a saved connection taken every hour; with --show only say what the scheduler would be told."""
    scheduler = Scheduler(arguments.scheduler) if arguments.scheduler else None
    does = sampling.shown if arguments.show else sampling.install
    found = does(Paths.default(), _profile(arguments), ctx, scheduler)
    return Result({"sampling": _data(found)}, _text(found, is_shown=arguments.show))


def unscheduled(arguments: argparse.Namespace, ctx: TaskContext) -> Result:
    """Have nobody take samples any more."""
    name = _profile(arguments)
    found = sampling.remove(Paths.default(), name, ctx)
    if found is None:
        raise UserError("growth.not_scheduled", name=name)
    by_hand = [f"run: {each}" for each in found.commands] if found.notes else []
    return Result({"removed": _data(found)}, "\n".join([f"No samples of {name} are scheduled any more.", *by_hand]))


def _profile(arguments: argparse.Namespace) -> str:
    if not arguments.profile:
        raise UserError("cli.needs_profile")
    return str(arguments.profile)


def _data(found: Sampling) -> dict[str, Any]:
    return {
        "profile": found.profile,
        "scheduler": found.scheduler,
        "is_installed": found.is_installed,
        "files": found.files,
        "texts": [{"name": each.name, "text": each.text} for each in found.texts],
        "commands": found.commands,
        "notes": found.notes,
    }


def _text(found: Sampling, *, is_shown: bool) -> str:
    pairs: list[tuple[str, object]] = [
        ("profile", found.profile),
        ("when", "every hour"),
        ("scheduler", found.scheduler.value + ("" if found.is_installed or is_shown else " (not told)")),
    ]
    pairs += [("file", each) for each in found.files]
    pairs += [("note", schedule_note(each)) for each in found.notes]
    text = facts(pairs)
    if is_shown or not found.is_installed:
        text += "".join(f"\n\n# {each.name or 'crontab'}\n{each.text.rstrip()}" for each in found.texts)
        text += "\n\n" + "\n".join(f"run: {each}" for each in found.commands) if found.commands else ""
    return text
