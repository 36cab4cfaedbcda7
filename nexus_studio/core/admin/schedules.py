"""When backups are to be made by themselves, which runs there were, and which of them failed or never began. Pure.

Times of day are those of the zone in which one looks; moments are aware.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from typing import Any, Final

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression, Contents
from nexus_studio.core.admin.retention import RetentionRule
from nexus_studio.core.names import RelationName

SCHEDULED: Final = "scheduled"
"""The reason in the sidecar of a backup that a scheduler had made."""

INTERRUPTED: Final = "backup.interrupted"
"""The code of a run that ended without a word: killed, or the machine went down."""

GRACE: Final = timedelta(hours=1)
"""How late a run may begin before it counts as missed: the machine may just have been switched on."""

LOOK_BACK: Final = timedelta(days=31)
"""How far back missed runs are looked for."""

_EARLY: Final = timedelta(minutes=1)  # a scheduler's clock and ours may differ
_WEEK: Final = 7
_UNSAYABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control characters, half characters, ends of lines


class Scheduler(Enum):
    """Whose clock calls the backup."""

    SYSTEMD = "systemd"
    LAUNCHD = "launchd"
    TASKS = "tasks"
    CRON = "cron"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The backup that is made of a connection again and again.

    `at` is local time, `days` are days of the week (Monday 0; empty: every day). `prune` is by which rule old backups
    are deleted afterwards, None: none are. `verify` proves each backup. `copy_to` is a folder or a URL, "" none; it
    holds no password. `folder` is where backups go, "" the usual place. `since` is when it was set up: nothing was
    missed before.
    """

    profile: str
    at: time
    days: tuple[int, ...] = ()
    prune: RetentionRule | None = None
    verify: bool = False
    copy_to: str = ""
    spec: BackupSpec = field(default=BackupSpec(reason=SCHEDULED))
    folder: str = ""
    since: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what means nothing.

        Raises:
            ValueError: a name that is empty or has control characters (no scheduler could be told it), an unknown day.
        """
        if not self.profile.strip() or any(unicodedata.category(each) in _UNSAYABLE for each in self.profile):
            raise ValueError("profile")
        if any(day not in range(_WEEK) for day in self.days):
            raise ValueError("days")


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """One run of a schedule. `ended_at` and `ok` are None while it runs, and where it was killed.

    `code` says what failed ("" where nothing did), `file` which backup was written; `copied_to` and `removed` (files)
    what was done besides.
    """

    profile: str
    started_at: datetime
    ended_at: datetime | None = None
    ok: bool | None = None
    code: str = ""
    file: str = ""
    copied_to: str = ""
    removed: int = 0


@dataclass(frozen=True, slots=True)
class MissedRun:
    """A run that should have begun at `due_at` and did not."""

    profile: str
    due_at: datetime


class TroubleKind(Enum):
    """What is wrong with a schedule."""

    FAILED = "failed"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What has gone wrong with a schedule since its last good run: how often, between when and when.

    `code` is that of the newest failure, `file` the backup it left, where it left one.
    """

    profile: str
    kind: TroubleKind
    count: int
    first: datetime
    last: datetime
    code: str = ""
    file: str = ""


def due(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """Walk through the moments in (after, until] at which a run is due, by the clock of `until`'s zone."""
    zone = until.tzinfo or UTC
    begin, end = after.astimezone(UTC), until.astimezone(UTC)
    day, last = after.astimezone(zone).date(), until.astimezone(zone).date()
    while day <= last:
        # moments of one zone are compared by their clocks, which is wrong where clocks are changed
        moment = datetime.combine(day, schedule.at, tzinfo=zone).astimezone(UTC)
        if (not schedule.days or day.weekday() in schedule.days) and begin < moment <= end:
            yield moment.astimezone(zone)
        day += timedelta(days=1)


def next_due(schedule: Schedule, now: datetime) -> datetime:
    """Return when the next run is due."""
    return next(due(schedule, now, now + timedelta(days=_WEEK + 1)))


def missed(schedules: Iterable[Schedule], runs: Sequence[ScheduledRun], now: datetime) -> tuple[MissedRun, ...]:
    """Return the runs that did not begin before the next one was due, oldest first.

    A run that is late for less than `GRACE` is not missed yet.
    """
    found: list[MissedRun] = []
    for schedule in schedules:
        begun = [each.started_at for each in runs if each.profile == schedule.profile]
        since = max(schedule.since or now, now - LOOK_BACK, key=lambda moment: moment.astimezone(UTC))
        moments = [each.astimezone(UTC) for each in due(schedule, since, now)]
        ends = [*moments[1:], now.astimezone(UTC) + _EARLY + timedelta(microseconds=1)]
        for moment, end in zip(moments, ends, strict=False):
            is_late = now.astimezone(UTC) - moment > GRACE
            if is_late and not any(moment - _EARLY <= each.astimezone(UTC) < end - _EARLY for each in begun):
                found.append(MissedRun(schedule.profile, moment.astimezone(now.tzinfo)))
    return tuple(sorted(found, key=lambda each: each.due_at.astimezone(UTC)))


def troubles(
    schedules: Sequence[Schedule], runs: Sequence[ScheduledRun], now: datetime, running: Collection[str] = ()
) -> tuple[Trouble, ...]:
    """Return what has failed or was missed since each schedule's last good run; nothing where all is well.

    Args:
        schedules: Those that are set up now; runs of others do not count any more.
        runs: In any order.
        now: The moment, in the zone of the schedules' clock.
        running: Profiles whose backup runs right now. A run of another that has no end was killed.
    """
    by_profile: dict[str, list[ScheduledRun]] = defaultdict(list)
    for run in sorted(runs, key=lambda each: each.started_at.astimezone(UTC)):
        by_profile[run.profile].append(run)
    found: list[Trouble] = []
    for schedule in schedules:
        own = _with_ends(by_profile[schedule.profile], is_running=schedule.profile in running)
        good = max((number for number, each in enumerate(own) if each.ok), default=-1)
        since = own[good].started_at if good >= 0 else None
        failed = [each for each in own[good + 1 :] if each.ok is False]
        lost = [
            each.due_at
            for each in missed((schedule,), own, now)
            if since is None or each.due_at.astimezone(UTC) > since.astimezone(UTC)
        ]
        if failed:
            last = failed[-1]
            found.append(
                Trouble(
                    schedule.profile, TroubleKind.FAILED, len(failed), failed[0].started_at, last.started_at,
                    last.code, last.file,
                )
            )  # fmt: skip
        if lost:
            found.append(Trouble(schedule.profile, TroubleKind.MISSED, len(lost), lost[0], lost[-1]))
    return tuple(found)


def _with_ends(runs: Sequence[ScheduledRun], *, is_running: bool) -> list[ScheduledRun]:
    """Say of runs without an end that they were interrupted; the newest may still run."""
    done = [replace(each, ok=False, code=INTERRUPTED) if each.ok is None else each for each in runs]
    if is_running and runs and runs[-1].ok is None:
        done[-1] = runs[-1]
    return done


# --- on disk


def run_line(run: ScheduledRun) -> str:
    """Write a run as a line of the journal."""
    values = {
        "profile": run.profile,
        "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "ok": run.ok,
        "code": run.code,
        "file": run.file,
        "copied_to": run.copied_to,
        "removed": run.removed,
    }
    return json.dumps(values, ensure_ascii=False) + "\n"


def read_runs(text: str) -> tuple[ScheduledRun, ...]:
    """Read a journal, oldest first; lines that are torn or not ours are passed over.

    A run has a line when it begins and another when it ends: the later one counts.
    """
    found: dict[tuple[str, datetime], ScheduledRun] = {}
    for line in text.split("\n"):
        try:
            run = _run_of(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        found[run.profile, run.started_at] = run
    return tuple(sorted(found.values(), key=lambda each: each.started_at.astimezone(UTC)))


def schedule_values(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule as TOML has it, without its name."""
    spec = schedule.spec
    values: dict[str, Any] = {
        "at": f"{schedule.at:%H:%M:%S}",
        "days": list(schedule.days),
        "verify": schedule.verify,
        "copy_to": schedule.copy_to,
        "folder": schedule.folder,
        "format": spec.format.value,
        "compression": spec.compression.value,
        "contents": spec.contents.value,
        "schemas": list(spec.schemas),
        "tables": [[each.schema, each.name] for each in spec.tables],
        "jobs": spec.jobs,
        "counts": spec.counts,
        "globals": spec.globals,
        "passwords": spec.passwords,
        "encrypt_for": list(spec.encrypt_for),
    }
    if spec.target_version is not None:
        values["target_version"] = spec.target_version
    if schedule.since is not None:
        values["since"] = schedule.since.isoformat()
    if (rule := schedule.prune) is not None:
        values["prune"] = {
            "daily": rule.daily, "weekly": rule.weekly, "monthly": rule.monthly, "at_least": rule.at_least,
        }  # fmt: skip
    return values


def read_schedule(profile: str, values: Mapping[str, Any]) -> Schedule:
    """Read a schedule.

    Raises:
        ValueError: it is broken.
    """
    try:
        since, rule = values.get("since"), values.get("prune")
        return Schedule(
            profile=profile,
            at=time.fromisoformat(values["at"]),
            days=tuple(int(day) for day in values.get("days", ())),
            prune=None if rule is None else RetentionRule(**{name: int(number) for name, number in rule.items()}),
            verify=bool(values.get("verify", False)),
            copy_to=str(values.get("copy_to", "")),
            spec=BackupSpec(
                format=BackupFormat(values.get("format", "custom")),
                compression=Compression(values.get("compression", "gzip")),
                contents=Contents(values.get("contents", "all")),
                schemas=tuple(map(str, values.get("schemas", ()))),
                tables=tuple(RelationName(str(schema), str(name)) for schema, name in values.get("tables", ())),
                jobs=int(values.get("jobs", 1)),
                target_version=values.get("target_version"),
                counts=bool(values.get("counts", True)),
                globals=bool(values.get("globals", False)),
                passwords=bool(values.get("passwords", False)),
                encrypt_for=tuple(map(str, values.get("encrypt_for", ()))),
                reason=SCHEDULED,
            ),
            folder=str(values.get("folder", "")),
            since=datetime.fromisoformat(since) if since else None,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("broken schedule") from error


def _run_of(values: dict[str, Any]) -> ScheduledRun:
    ended, ok = values.get("ended_at"), values.get("ok")
    started = datetime.fromisoformat(values["started_at"])
    if started.tzinfo is None or not (ok is None or isinstance(ok, bool)):
        raise ValueError("no run")
    return ScheduledRun(
        profile=str(values["profile"]),
        started_at=started,
        ended_at=datetime.fromisoformat(ended) if ended else None,
        ok=ok,
        code=str(values.get("code") or ""),
        file=str(values.get("file") or ""),
        copied_to=str(values.get("copied_to") or ""),
        removed=int(values.get("removed") or 0),
    )
