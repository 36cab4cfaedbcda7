"""What the schedulers of systems are told: unit files, a property list, a task, a line of a crontab. Texts, no doing.

Each has its own way of quoting, and a name of a profile may hold anything but control characters: see `Schedule`.
"""

from __future__ import annotations

import hashlib
import json
import plistlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Final
from xml.sax.saxutils import escape

from nexus_studio.core.admin.backupfiles import safe_name
from nexus_studio.core.admin.schedules import Scheduler

PREFIX: Final = "nexus-studio-backup-"
"""How the names of units and jobs begin."""

LABEL_PREFIX: Final = "studio.nexus.backup."
TASK_FOLDER: Final = "NexusStudio"

LONGEST_LINE: Final = 990
"""How long a command in a crontab may be: Vixie's cron refuses longer ones (MAX_COMMAND)."""

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEK: Final = 7
_FOR_CRON: Final = str.maketrans({"\\": "\\''", "'": "'\\''", "%": "''\\%"})
_OURS: Final = "'backup' 'run'"
_BEFORE_QUOTE: Final = re.compile(r'(\\*)("|$)')


@dataclass(frozen=True, slots=True)
class Job:
    """What a scheduler is to call, and when.

    `command` is a program, by its whole path, and its arguments; `environment` what its environment has besides.
    Neither holds anything secret: both are read by whoever may read the scheduler's files. `days` are days of the week
    (Monday 0; empty: every day), `at` local time.
    """

    id: str
    profile: str
    command: tuple[str, ...]
    at: time
    days: tuple[int, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A text for a scheduler: the name of its file ("" where it is a line of a crontab) and what stands in it."""

    name: str
    text: str


def job_id(profile: str, home: str) -> str:
    """Return a short name that files and units may have, another for each profile of each home of the program."""
    digest = hashlib.sha256(json.dumps([home, profile]).encode()).hexdigest()
    return f"{safe_name(profile)[:40]}-{digest[:8]}"


def texts(job: Job, scheduler: Scheduler) -> tuple[Text, ...]:
    """Return what a scheduler is to be told."""
    if scheduler is Scheduler.SYSTEMD:
        name = PREFIX + job.id
        return (Text(f"{name}.service", service_unit(job)), Text(f"{name}.timer", timer_unit(job)))
    if scheduler is Scheduler.LAUNCHD:
        return (Text(f"{LABEL_PREFIX}{job.id}.plist", property_list(job)),)
    if scheduler is Scheduler.TASKS:
        return (Text(f"{PREFIX}{job.id}.xml", task_xml(job)),)
    return (Text("", cron_lines(job)),)


# --- systemd


def service_unit(job: Job) -> str:
    """Return the unit that makes the backup (systemd.service(5))."""
    command = job.command
    if "$" in command[0]:  # the program's own path is never freed of the second $
        command = ("/bin/sh", "-c", 'exec "$0" "$@"', *command)
    return "\n".join(
        [
            "[Unit]",
            f"Description=Nexus Studio: backup of “{job.profile.replace('%', '%%')}”",
            "",
            "[Service]",
            "Type=oneshot",
            *(f"Environment={systemd_word(f'{name}={value}')}" for name, value in job.environment),
            f"ExecStart={' '.join(systemd_word(each, is_command=True) for each in command)}",
            "UMask=0077",
            "Nice=10",
            "IOSchedulingClass=idle",
            "",
        ]
    )


def timer_unit(job: Job) -> str:
    """Return the unit that says when (systemd.timer(5)); what was due while the machine was off is made up for."""
    days = ",".join(_DAYS[day] for day in sorted(set(job.days)))
    return "\n".join(
        [
            "[Unit]",
            f"Description=Nexus Studio: when to back up “{job.profile.replace('%', '%%')}”",
            "",
            "[Timer]",
            f"OnCalendar={f'{days} ' if days else ''}*-*-* {job.at:%H:%M:%S}",
            "Persistent=true",
            "",
            "[Install]",
            "WantedBy=timers.target",
            "",
        ]
    )


def systemd_word(word: str, *, is_command: bool = False) -> str:
    """Quote a word for a unit file: its escapes, its specifiers (%), and of a command its variables ($)."""
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{quoted.replace("$", "$$") if is_command else quoted}"'


# --- launchd


def property_list(job: Job) -> str:
    """Return the agent of launchd (launchd.plist(5)); what was due while the machine slept is made up for."""
    moment = {"Hour": job.at.hour, "Minute": job.at.minute}
    days = [{**moment, "Weekday": (day + 1) % _WEEK} for day in sorted(set(job.days))]
    values = {
        "Label": LABEL_PREFIX + job.id,
        "ProgramArguments": list(job.command),
        "EnvironmentVariables": dict(job.environment),
        "StartCalendarInterval": days or moment,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "Umask": 0o077,
    }
    return plistlib.dumps(values, sort_keys=False).decode()


# --- Windows


def task_xml(job: Job) -> str:
    """Return the task of Windows' Task Scheduler; what was due while the machine was off is made up for.

    The file has to be written as UTF-16. A task has no environment of its own: `job.environment` is left out.
    """
    days = "".join(f"<{_LONG_DAYS[day]} />" for day in sorted(set(job.days)))
    by_day = "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>"
    by_week = f"<ScheduleByWeek><WeeksInterval>1</WeeksInterval><DaysOfWeek>{days}</DaysOfWeek></ScheduleByWeek>"
    program, *arguments = job.command
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{escape(f"Nexus Studio: backup of “{job.profile}”")}</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2020-01-01T{job.at:%H:%M:%S}</StartBoundary>
      <Enabled>true</Enabled>
      {by_week if days else by_day}
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(windows_word(program))}</Command>
      <Arguments>{escape(" ".join(map(windows_word, arguments)))}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


def windows_word(word: str) -> str:
    r"""Quote a word so that a program of Windows takes it apart again, and the Task Scheduler fills in nothing.

    Between two %, it would look for a variable: they are left outside of the quotes, so that no such name is found.
    Backslashes count only before a quote.
    """
    if word and not re.search(r'[\s"%&|<>^()]', word):
        return word
    parts = word.split("%")
    return "%".join(f'"{_BEFORE_QUOTE.sub(_doubled, part)}"' if part or len(parts) == 1 else '""' for part in parts)


def _doubled(found: re.Match[str]) -> str:
    slashes, quote = found.groups()
    return slashes * 2 + (f"\\{quote}" if quote else "")


# --- cron


def cron_marker(job_id: str) -> str:
    """Return the line of a crontab above ours, by which it is found again."""
    return f"# nexus-studio backup {job_id}"


def cron_lines(job: Job) -> str:
    """Return the two lines of a crontab (crontab(5)): a comment to find it again, and the job.

    Raises:
        ValueError: the command is longer than cron takes.
    """
    days = ",".join(str((day + 1) % _WEEK) for day in sorted(set(job.days))) or "*"
    variables = [(name, value) for name, value in job.environment if name != "PATH"]
    path = [(name, value) for name, value in job.environment if name == "PATH"]
    command = _cron_command([*variables, *path], job.command)
    if len(command.encode()) > LONGEST_LINE:
        command = _cron_command(variables, job.command)
    if len(command.encode()) > LONGEST_LINE:
        raise ValueError("longer than cron takes")
    return f"{cron_marker(job.id)}\n{job.at.minute} {job.at.hour} * * {days} {command}\n"


def with_cron(crontab: str, lines: str) -> str:
    """Return a crontab with lines of ours at its end instead of the former ones of the same marker."""
    marker = lines.split("\n", 1)[0]
    rest = without_cron(crontab, marker)
    return rest + ("\n" if rest and not rest.endswith("\n") else "") + lines


def without_cron(crontab: str, marker: str) -> str:
    """Return a crontab without the lines that stand below a marker of ours; all others as they are."""
    kept: list[str] = []
    is_below = False
    for line in crontab.split("\n"):
        if is_below and _OURS in line:
            is_below = False
            continue
        is_below = line.rstrip("\r") == marker
        if not is_below:
            kept.append(line)
    return "\n".join(kept)


def cron_word(word: str) -> str:
    r"""Quote a word for cron and the shell that it calls.

    An unescaped % ends cron's command, a backslash before it frees it. What two backslashes are, one cron sees
    otherwise than another (Debian's makes them one, cronie leaves them): so the quotes are closed and opened again
    behind each, and before each %.
    """
    return "'" + word.translate(_FOR_CRON) + "'"


def _cron_command(variables: Iterable[tuple[str, str]], command: Iterable[str]) -> str:
    return " ".join([*(f"{name}={cron_word(value)}" for name, value in variables), *map(cron_word, command)])
