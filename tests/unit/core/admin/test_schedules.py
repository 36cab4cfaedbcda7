"""Schedules: when a run is due, which were missed, what has failed since the last good one; how they are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression
from nexus_studio.core.admin.retention import RetentionRule
from nexus_studio.core.admin.schedules import (
    INTERRUPTED,
    Schedule,
    ScheduledRun,
    Trouble,
    TroubleKind,
    due,
    missed,
    next_due,
    read_runs,
    read_schedule,
    run_line,
    schedule_values,
    troubles,
)
from nexus_studio.core.names import RelationName

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=PARIS)  # a Monday
NIGHTLY = Schedule("prod", time(3, 0), since=NOW - timedelta(days=10))


def at(day: int, hour: int = 3, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


def ran(started_at: datetime, *, ok: bool | None = True, **more: str) -> ScheduledRun:
    ended = None if ok is None else started_at + timedelta(minutes=5)
    return ScheduledRun("prod", started_at, ended, ok, **more)  # type: ignore[arg-type]


EVERY_NIGHT = [ran(at(day)) for day in range(21, 31)]


def test_when_a_run_is_due() -> None:
    assert list(due(NIGHTLY, at(28, 3), at(30, 3))) == [at(29), at(30)]
    weekly = replace(NIGHTLY, days=(0, 4))
    assert list(due(weekly, at(20, 4), at(30, 4))) == [at(23), at(27), at(30)]
    assert next_due(NIGHTLY, NOW) == at(1, month=12)
    assert next_due(replace(NIGHTLY, days=(0,)), NOW) == at(7, month=12)


def test_the_clock_of_the_zone_counts_also_where_it_is_changed() -> None:
    # in Paris 2:30 is not there on 29 March, and twice on 25 October
    schedule = Schedule("prod", time(2, 30))
    spring = list(due(schedule, at(28, 12, month=3), at(30, 12, month=3)))
    assert [each.astimezone(UTC).hour for each in spring] == [1, 0]
    autumn = list(due(schedule, at(24, 12, month=10), at(26, 12, month=10)))
    assert [f"{each.astimezone(UTC):%d %H:%M}" for each in autumn] == ["25 00:30", "26 01:30"]


def test_nothing_is_missed_where_each_run_began() -> None:
    assert missed([NIGHTLY], EVERY_NIGHT, NOW) == ()


def test_what_never_began_is_missed() -> None:
    runs = [each for each in EVERY_NIGHT if each.started_at.day not in {25, 26}]
    assert [each.due_at for each in missed([NIGHTLY], runs, NOW)] == [at(25), at(26)]


def test_what_was_made_up_for_is_not_missed() -> None:
    runs = [*EVERY_NIGHT[:-1], ran(at(30, 11, 50))]
    assert missed([NIGHTLY], runs, NOW) == ()


def test_a_run_a_little_early_is_no_reason_for_worry() -> None:
    assert missed([NIGHTLY], [ran(each.started_at - timedelta(seconds=30)) for each in EVERY_NIGHT], NOW) == ()


def test_a_late_run_may_still_come() -> None:
    runs = EVERY_NIGHT[:-1]
    assert missed([NIGHTLY], runs, at(30, 3, 59)) == ()
    assert len(missed([NIGHTLY], runs, at(30, 4, 1))) == 1


def test_nothing_was_missed_before_it_was_set_up() -> None:
    assert missed([replace(NIGHTLY, since=NOW)], [], NOW) == ()
    assert missed([replace(NIGHTLY, since=None)], [], NOW) == ()
    assert len(missed([replace(NIGHTLY, since=NOW - timedelta(days=900))], [], NOW)) == 31  # a month, not years


def test_the_runs_of_another_do_not_count() -> None:
    assert len(missed([NIGHTLY], [replace(each, profile="other") for each in EVERY_NIGHT], NOW)) == 10


def test_all_is_well_after_a_good_run() -> None:
    runs = [*(ran(at(day), ok=False, code="backup.failed") for day in range(21, 30)), ran(at(30))]
    assert troubles([NIGHTLY], runs, NOW) == ()


def test_what_failed_or_was_missed_since_the_last_good_run() -> None:
    runs = [
        *EVERY_NIGHT[:6],  # till the 26th
        ran(at(27), ok=False, code="connection.refused"),
        ran(at(29), ok=False, code="backup.not_proven", file="x.dump"),
    ]
    assert troubles([NIGHTLY], runs, NOW) == (
        Trouble("prod", TroubleKind.FAILED, 2, at(27), at(29), "backup.not_proven", "x.dump"),
        Trouble("prod", TroubleKind.MISSED, 2, at(28), at(30)),
    )
    assert troubles([], runs, NOW) == ()


def test_a_run_without_an_end_was_killed_unless_it_runs() -> None:
    runs = [*EVERY_NIGHT[:-1], ran(at(30), ok=None)]
    (found,) = troubles([NIGHTLY], runs, NOW)
    assert (found.kind, found.code) == (TroubleKind.FAILED, INTERRUPTED)
    assert troubles([NIGHTLY], runs, NOW, running={"prod"}) == ()


@given(st.integers(0, 23), st.integers(0, 59), st.sets(st.integers(0, 6)), st.integers(0, 400))
def test_what_is_due_is_due_once_a_day_at_its_time(hour: int, minute: int, days: set[int], length: int) -> None:
    schedule = Schedule("p", time(hour, minute), tuple(days))
    found = list(due(schedule, NOW - timedelta(days=length), NOW))
    dates = [each.date() for each in found]
    assert len(set(dates)) == len(dates)
    assert all(not days or each.weekday() in days for each in dates)
    if not days:
        assert length - 1 <= len(found) <= length + 1
    assert found == sorted(found)


# --- on disk

FULL = Schedule(
    "prod “é”",
    time(23, 59, 30),
    (1, 6),
    RetentionRule(1, 2, 3, 4),
    verify=True,
    copy_to="s3://bucket/x",
    spec=BackupSpec(
        format=BackupFormat.DIRECTORY,
        compression=Compression.ZSTD,
        tables=(RelationName("a.b", 'c"d'),),
        schemas=("s",),
        jobs=4,
        target_version=15,
        counts=False,
        globals=True,
        encrypt_for=("age1x",),
        reason="scheduled",
    ),
    folder="/mnt/b",
    since=NOW,
)


@pytest.mark.parametrize("schedule", [NIGHTLY, FULL, Schedule("x", time(0, 0))])
def test_a_schedule_is_read_as_it_was_written(schedule: Schedule) -> None:
    assert read_schedule(schedule.profile, schedule_values(schedule)) == schedule


@pytest.mark.parametrize(
    "values",
    [
        {}, {"at": "25:00"}, {"at": 3}, {"at": "03:00", "days": [7]}, {"at": "03:00", "format": "zip"},
        {"at": "03:00", "prune": {"daily": -1}}, {"at": "03:00", "prune": {"hourly": 1}},
        {"at": "03:00", "tables": ["a"]},
    ],
)  # fmt: skip
def test_a_broken_schedule_is_said_to_be(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        read_schedule("p", values)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\x00b", "a\u2028b", "a\x7fb"])
def test_a_name_that_no_scheduler_could_be_told_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="profile"):
        Schedule(name, time(3))


def test_a_run_has_a_line_at_its_begin_and_one_at_its_end() -> None:
    begun = ScheduledRun("p “é”\n", at(29))
    ended = replace(begun, ended_at=at(29, 4), ok=True, file="x.dump", copied_to="s3://b/x.dump", removed=2)
    other = ScheduledRun("q", at(28), at(28, 4), ok=False, code="backup.failed")
    text = run_line(begun) + run_line(other) + run_line(ended)
    assert text.count("\n") == 3
    assert read_runs(text) == (other, ended)
    assert read_runs(run_line(begun)) == (begun,)


def test_a_torn_line_costs_itself_alone() -> None:
    begun = ScheduledRun("p", at(29))
    whole, next_line = run_line(begun), run_line(ScheduledRun("q", at(30)))
    for length in range(len(next_line) - 1):
        assert read_runs(whole + next_line[:length]) == (begun,)
    assert read_runs('[]\n7\n{"profile": 1}\n\x00\x00\n' + whole) == (begun,)
