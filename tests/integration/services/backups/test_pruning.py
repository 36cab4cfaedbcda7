"""Pruning: what the plan says is deleted with all that belongs to it; what can't be is named, and the rest goes on."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.retention import PrunePlan, RetentionRule
from nexus_studio.core.effects import Effects, Kind
from nexus_studio.core.tasks import Cancelled, CancelToken, TaskContext
from nexus_studio.services.backupfiles import backup_folder, write_record
from nexus_studio.services.backups import library, retention
from nexus_studio.services.backups.localtime import LOCAL_ZONE, local_now
from nexus_studio.services.paths import Paths
from tests.support.planted_backups import MADE_AT, SHOP, plant

CTX = TaskContext.for_test()
LAST = RetentionRule(daily=1, weekly=0, monthly=0, at_least=0)


@pytest.fixture
def paths() -> Paths:
    return Paths.default()


@pytest.fixture
def folder(paths: Paths) -> Path:
    return backup_folder(paths, SHOP)


def old(folder: Path, name: str, days: int, **more: Any) -> Path:
    return plant(folder, name, made_at=MADE_AT - timedelta(days=days), **more)[0]


def planned(paths: Paths, rule: RetentionRule = LAST) -> PrunePlan:
    return retention.plan(library.entries(paths, None, CTX), rule, SHOP, MADE_AT)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_what_is_dropped_goes_with_all_that_belongs_to_it(paths: Paths, folder: Path) -> None:
    old(folder, "new.dump", 0)
    old(folder, "old.dump", 2, globals_file="old.globals.sql")
    (folder / "old.globals.sql").write_text("-- roles")
    plant(folder, "old.dir", {"toc.dat": b"PGDMP", "1.dat": b"x"}, made_at=MADE_AT - timedelta(days=3))
    found = planned(paths)
    assert {each.file.name for each in found.dropped} == {"old.dump", "old.dir"}
    assert names(folder) == sorted(
        ["new.dump", "new.dump.json", "old.dir", "old.dir.json", "old.dump", "old.dump.json", "old.globals.sql"]
    )  # a plan deletes nothing
    done = retention.prune(found, CTX)
    assert names(folder) == ["new.dump", "new.dump.json"]
    assert (set(done.removed), done.left) == ({folder / "old.dump", folder / "old.dir"}, ())
    assert done.freed_bytes == found.freed_bytes == 16
    assert done.effects == Effects(Kind.BACKUPS)
    assert retention.prune(planned(paths), CTX) == retention.Pruned()


def test_a_file_of_roles_that_another_backup_needs_stays(paths: Paths, folder: Path) -> None:
    old(folder, "new.dump", 0, globals_file="roles.sql")
    old(folder, "old.dump", 2, globals_file="roles.sql")
    (folder / "roles.sql").write_text("-- roles")
    retention.prune(planned(paths), CTX)
    assert names(folder) == ["new.dump", "new.dump.json", "roles.sql"]


def test_a_name_that_leads_out_of_the_folder_is_not_followed(paths: Paths, folder: Path) -> None:
    victim = folder.parent / "victim.sql"
    old(folder, "new.dump", 0)
    old(folder, "old.dump", 2, globals_file="../victim.sql")
    victim.write_text("mine")
    assert len(retention.prune(planned(paths), CTX).removed) == 1
    assert victim.read_text() == "mine"


def test_dumps_of_others_and_of_other_databases_are_never_touched(paths: Paths, folder: Path) -> None:
    (folder).mkdir(parents=True)
    (folder / "theirs.dump").write_bytes(b"PGDMP")
    os.utime(folder / "theirs.dump", (0, 0))
    old(folder, "other.dump", 300, database="other")
    old(folder, "proven_theirs.dump", 300, reason="foreign", proven_at=MADE_AT)
    old(folder, "new.dump", 0)
    found = planned(paths)
    assert found.dropped == ()
    retention.prune(found, CTX)
    assert len(names(folder)) == 7


def test_the_last_proven_one_stays(paths: Paths, folder: Path) -> None:
    proven = old(folder, "proven.dump", 100, proven_at=MADE_AT)
    older = old(folder, "older_proven.dump", 200, proven_at=MADE_AT)
    for days in range(5):
        old(folder, f"{days}.dump", days)
    retention.prune(planned(paths), CTX)
    assert proven.exists()
    assert not older.exists()
    assert (folder / "0.dump").exists()


def test_what_was_proven_since_the_plan_was_made_is_left(paths: Paths, folder: Path) -> None:
    old(folder, "new.dump", 0)
    file, record = plant(folder, "old.dump", made_at=MADE_AT - timedelta(days=9))
    grown = old(folder, "grown.dump", 8)
    found = planned(paths)
    write_record(replace(record, proven_at=MADE_AT), folder)
    grown.write_bytes(b"something else")
    done = retention.prune(found, CTX)
    assert done.removed == ()
    assert set(done.left) == {(file, "changed"), (grown, "changed")}
    assert file.exists()
    assert done.effects == Effects()


def test_what_is_gone_meanwhile_is_named(paths: Paths, folder: Path) -> None:
    old(folder, "new.dump", 0)
    file, other = old(folder, "old.dump", 2), old(folder, "older.dump", 3)
    found = planned(paths)
    file.unlink()
    done = retention.prune(found, CTX)
    assert done.left == ((file, "No such file or directory"),)
    assert done.removed == (other,)


@pytest.fixture
def locked(folder: Path) -> Iterator[Path]:
    """A backup that can't be deleted, not even by root."""
    file = old(folder, "locked.dump", 2)
    tried = subprocess.run(["chattr", "+i", file], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("this file system has no immutable files")
    yield file
    subprocess.run(["chattr", "-i", file], check=True)


def test_a_locked_file_is_named_and_the_rest_goes_on(paths: Paths, folder: Path, locked: Path) -> None:
    old(folder, "new.dump", 0)
    other = old(folder, "other.dump", 3)
    done = retention.prune(planned(paths), CTX)
    assert done.left == ((locked, "Operation not permitted"),)
    assert done.removed == (other,)
    assert names(folder) == ["locked.dump", "locked.dump.json", "new.dump", "new.dump.json"]


def test_stopped_in_the_middle_each_backup_is_whole_or_gone(paths: Paths, folder: Path) -> None:
    for days in range(4):
        old(folder, f"{days}.dump", days)
    token = CancelToken()
    ctx = TaskContext(token, lambda progress: token.cancel() if progress.done == 0 else None)
    with pytest.raises(Cancelled):
        retention.prune(planned(paths), ctx)
    assert names(folder) == ["0.dump", "0.dump.json", "2.dump", "2.dump.json", "3.dump", "3.dump.json"]


# --- the machine's clock


@pytest.fixture(params=["Europe/Paris", "America/St_Johns", "Pacific/Apia", "UTC"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone")
def test_the_zone_of_the_machine_is_right_at_any_moment() -> None:
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    for _ in range(365 * 4):
        moment += timedelta(hours=6, minutes=11)
        found = moment.astimezone(LOCAL_ZONE)
        assert found.replace(tzinfo=None) == moment.astimezone().replace(tzinfo=None)
        assert found.astimezone(UTC) == moment
    assert abs(local_now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("zone", ["Europe/Paris"], indirect=True)
@pytest.mark.usefixtures("zone")
def test_days_are_those_of_the_machines_calendar(paths: Paths, folder: Path) -> None:
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # half past midnight in Paris
    plant(folder, "one.dump", made_at=summer)
    plant(folder, "two.dump", made_at=summer + timedelta(hours=10))
    entries = library.entries(paths, None, CTX)
    winter = datetime(2026, 12, 1, tzinfo=LOCAL_ZONE)
    assert len(retention.plan(entries, LAST, SHOP, winter).dropped) == 1
    assert len(retention.plan(entries, replace(LAST, daily=2), SHOP, winter).dropped) == 1
    assert len(retention.plan(entries, replace(LAST, daily=2), SHOP, winter.astimezone(UTC)).dropped) == 0
