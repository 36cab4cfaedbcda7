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
from enum import Enum
from typing import Final
from xml.sax.saxutils import escape

from nexus_studio.core.admin.backupfiles import safe_name
from nexus_studio.core.admin.schedules import Scheduler

TASK_FOLDER: Final = "NexusStudio"

LONGEST_LINE: Final = 990
"""How long a command in a crontab may be: Vixie's cron refuses longer ones (MAX_COMMAND)."""

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEK: Final = 7
_FOR_CRON: Final = str.maketrans({"\\": "\\''", "'": "'\\''", "%": "''\\%"})
_OURS: Final = ("'backup' 'run'", "'growth' '--take'")
_BEFORE_QUOTE: Final = re.compile(r'(\\*)("|$)')


class Kind(Enum):
    """What a job is for; the value stands in the names of its files."""

    BACKUP = "backup"
    GROWTH = "growth"


_SAID: Final = {Kind.BACKUP: ("backup of", "back up"), Kind.GROWTH: ("sizes of", "measure")}


@dataclass(frozen=True, slots=True)
class Job:
    """What a scheduler is to call, and when.

    `command` is a program, by its whole path, and its arguments; `environment` what its environment has besides.
    Neither holds anything secret: both are read by whoever may read the scheduler's files. `days` are days of the week
    (Monday 0; empty: every day), `at` local time; `hourly`: at that minute of every hour of every day.
    """

    id: str
    profile: str
    command: tuple[str, ...]
    at: time
    days: tuple[int, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    kind: Kind = Kind.BACKUP
    hourly: bool = False

    @property
    def name(self) -> str:
        """How its units and tasks are called."""
        return f"nexus-studio-{self.kind.value}-{self.id}"

    @property
    def label(self) -> str:
        """How its agent of launchd is called."""
        return f"studio.nexus.{self.kind.value}.{self.id}"

    @property
    def title(self) -> str:
        """What it does, for people."""
        return f"Nexus Studio: {_SAID[self.kind][0]} “{self.profile}”"


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
        return (Text(f"{job.name}.service", service_unit(job)), Text(f"{job.name}.timer", timer_unit(job)))
    if scheduler is Scheduler.LAUNCHD:
        return (Text(f"{job.label}.plist", property_list(job)),)
    if scheduler is Scheduler.TASKS:
        return (Text(f"{job.name}.xml", task_xml(job)),)
    return (Text("", cron_lines(job)),)


# --- systemd


def service_unit(job: Job) -> str:
    """Return the unit that does the job (systemd.service(5))."""
    command = job.command
    if "$" in command[0]:  # the program's own path is never freed of the second $
        command = ("/bin/sh", "-c", 'exec "$0" "$@"', *command)
    return "\n".join(
        [
            "[Unit]",
            f"Description={job.title.replace('%', '%%')}",
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
    when = f"*-*-* *:{job.at:%M:%S}" if job.hourly else f"{f'{days} ' if days else ''}*-*-* {job.at:%H:%M:%S}"
    return "\n".join(
        [
            "[Unit]",
            f"Description=Nexus Studio: when to {_SAID[job.kind][1]} “{job.profile.replace('%', '%%')}”",
            "",
            "[Timer]",
            f"OnCalendar={when}",
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
    moment = {"Minute": job.at.minute} if job.hourly else {"Hour": job.at.hour, "Minute": job.at.minute}
    days = [{**moment, "Weekday": (day + 1) % _WEEK} for day in sorted(set(job.days))]
    values = {
        "Label": job.label,
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
    again = "<Repetition><Interval>PT1H</Interval><Duration>P1D</Duration></Repetition>\n      " if job.hourly else ""
    first = f"2020-01-01T00:{job.at:%M:%S}" if job.hourly else f"2020-01-01T{job.at:%H:%M:%S}"
    program, *arguments = job.command
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{escape(job.title)}</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      {again}<StartBoundary>{first}</StartBoundary>
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


def cron_marker(job_id: str, kind: Kind = Kind.BACKUP) -> str:
    """Return the line of a crontab above ours, by which it is found again."""
    return f"# nexus-studio {kind.value} {job_id}"


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
    hour = "*" if job.hourly else str(job.at.hour)
    return f"{cron_marker(job.id, job.kind)}\n{job.at.minute} {hour} * * {days} {command}\n"


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
        if is_below and any(each in line for each in _OURS):
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
