"""Schedules and runs of backups, as data for --json and as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nexus_studio.cli_backup_arguments import DAYS
from nexus_studio.cli_output import facts, table
from nexus_studio.cli_wording_backups import schedule_note
from nexus_studio.core.admin.schedules import Schedule, ScheduledRun, Trouble, TroubleKind, next_due
from nexus_studio.services.backups.localtime import local_now
from nexus_studio.services.backups.scheduling import InstalledSchedule

SHOWN = 20
"""How many runs are printed for people; --json has all."""


def schedule_data(found: InstalledSchedule) -> dict[str, Any]:
    """Return a schedule and what its scheduler is told."""
    schedule = found.schedule
    rule = schedule.prune
    return {
        "profile": schedule.profile,
        "at": f"{schedule.at:%H:%M}",
        "days": [DAYS[day] for day in schedule.days],
        "next_due": next_due(schedule, local_now()),
        "since": schedule.since,
        "verify": schedule.verify,
        "prune": rule and {
            "daily": rule.daily, "weekly": rule.weekly, "monthly": rule.monthly, "at_least": rule.at_least,
        },
        "copy_to": schedule.copy_to,
        "folder": schedule.folder,
        "format": schedule.spec.format,
        "scheduler": found.scheduler,
        "is_installed": found.is_installed,
        "files": found.files,
        "texts": [{"name": each.name, "text": each.text} for each in found.texts],
        "commands": found.commands,
        "notes": found.notes,
    }  # fmt: skip


def schedule_text(found: InstalledSchedule, *, is_shown: bool) -> str:
    """Say when a backup is made and by whom; with what the scheduler is told where a person is to tell it."""
    schedule = found.schedule
    pairs: list[tuple[str, object]] = [
        ("profile", schedule.profile),
        ("when", _when(schedule)),
        ("next", f"{next_due(schedule, local_now()):%Y-%m-%d %H:%M}"),
        ("then", ", ".join(_then(schedule)) or "nothing more"),
        ("scheduler", found.scheduler.value + ("" if found.is_installed or is_shown else " (not told)")),
    ]
    pairs += [("file", each) for each in found.files]
    pairs += [("note", schedule_note(each)) for each in found.notes]
    text = facts(pairs)
    if is_shown or not found.is_installed:
        text += "".join(f"\n\n# {each.name or 'crontab'}\n{each.text.rstrip()}" for each in found.texts)
        text += "\n\n" + "\n".join(f"run: {each}" for each in found.commands) if found.commands else ""
    return text


def runs_data(known: Sequence[ScheduledRun]) -> list[dict[str, Any]]:
    """Return runs, oldest first."""
    return [
        {
            "profile": each.profile,
            "started_at": each.started_at,
            "ended_at": each.ended_at,
            "ok": each.ok,
            "code": each.code or None,
            "file": each.file or None,
            "copied_to": each.copied_to or None,
            "removed": each.removed,
        }
        for each in known
    ]


def runs_text(known: Sequence[ScheduledRun]) -> str:
    """List the last runs, newest first."""
    if not known:
        return ""
    lines = [
        (
            each.profile,
            f"{each.started_at.astimezone():%Y-%m-%d %H:%M}",
            "" if each.ended_at is None else f"{(each.ended_at - each.started_at).total_seconds():.0f} s",
            {True: "good", False: f"FAILED: {each.code}", None: "no end"}[each.ok],
            each.file,
        )
        for each in known[: -SHOWN - 1 : -1]
    ]
    return table(("profile", "begun", "took", "ended", "backup"), lines, right=(2,))


def troubles_data(troubles: Iterable[Trouble]) -> list[dict[str, Any]]:
    """Return what went wrong since the last good runs."""
    return [
        {
            "profile": each.profile,
            "kind": each.kind,
            "count": each.count,
            "first": each.first,
            "last": each.last,
            "code": each.code or None,
            "file": each.file or None,
        }
        for each in troubles
    ]


def troubles_text(troubles: Iterable[Trouble]) -> str:
    """Say what went wrong since the last good runs, a line each."""
    lines = []
    for each in troubles:
        times = "once" if each.count == 1 else f"{each.count} times"
        last = f"{each.last.astimezone():%Y-%m-%d %H:%M}"
        what = f"failed {times} ({each.code})" if each.kind is TroubleKind.FAILED else f"was missed {times}"
        lines.append(f"The backup of {each.profile} {what}, last at {last}.")
    return "\n".join(lines)


def _when(schedule: Schedule) -> str:
    days = ", ".join(DAYS[day] for day in schedule.days) or "every day"
    return f"{days} at {schedule.at:%H:%M}"


def _then(schedule: Schedule) -> list[str]:
    found = ["prove it"] if schedule.verify else []
    found += [f"copy it to {schedule.copy_to}"] if schedule.copy_to else []
    if (rule := schedule.prune) is not None:
        numbers = f"{rule.daily} daily, {rule.weekly} weekly, {rule.monthly} monthly, at least {rule.at_least}"
        found.append(f"keep {numbers}")
    return found
