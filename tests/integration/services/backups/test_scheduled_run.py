"""What a scheduler calls, on a real database: made, proven, encrypted, copied, old ones deleted, and written down."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec, Compression
from nexus_studio.core.admin.retention import RetentionRule, Standing
from nexus_studio.core.admin.schedules import Schedule, ScheduledRun, Scheduler, TroubleKind
from nexus_studio.core.errors import BackupDamaged, BackupFailed
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.backupfiles import backup_folder, read_record
from nexus_studio.services.backups import library, running, runs, scheduling
from nexus_studio.services.backups.backupsettings import BackupSettings, KnownSchedule
from nexus_studio.services.backups.encrypting import IDENTITY_VARIABLE
from nexus_studio.services.backups.localtime import local_now
from nexus_studio.services.backups.service import BackupService
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from nexus_studio.services.session import Session
from tests.support.fake_schedulers import FakeSchedulers
from tests.support.planted_backups import plant, plant_days

CTX = TaskContext.for_test()
NAME = "my “prod”"
NIGHTLY = Schedule(NAME, time(3, 5), since=local_now() - timedelta(days=1))
KEEP_ONE = RetentionRule(1, 0, 0, 0)

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def paths() -> Paths:
    return Paths.default()


@pytest.fixture
def production(paths: Paths, profile: ConnectionProfile, sql: Sql) -> ConnectionProfile:
    """A saved connection to a production that is only to be read, with a table."""
    sql(
        "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, 50) n"
    )
    found = replace(profile, name=NAME, environment=Environment.PRODUCTION, read_only=True)
    ProfileStore(paths).save([found])
    return found


def scheduled(paths: Paths, schedule: Schedule) -> Schedule:
    BackupSettings(paths).keep(KnownSchedule(schedule, Scheduler.CRON))
    return schedule


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_the_backup_is_made_and_written_down(paths: Paths, production: ConnectionProfile) -> None:
    scheduled(paths, NIGHTLY)
    found = running.run(paths, NAME, CTX)
    assert found.error is None
    run = found.run
    assert (run.ok, run.code, run.removed, run.copied_to) == (True, "", 0, "")
    assert run.ended_at is not None
    assert run.started_at <= run.ended_at <= local_now()
    assert runs.runs(paths) == (run,)
    (entry,) = library.entries(paths, None, CTX, production)
    assert (str(entry.file), entry.standing) == (run.file, Standing.UNPROVEN)
    assert entry.record is not None
    assert (entry.record.reason, entry.record.profile) == ("scheduled", NAME)
    assert runs.outstanding(paths) == ()
    assert not runs.is_running(paths, NAME)


def test_all_that_a_schedule_can_say_is_done(
    paths: Paths, production: ConnectionProfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("age-keygen"):
        pytest.skip("age is not installed")
    subprocess.run(["age-keygen", "-o", tmp_path / "key"], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", tmp_path / "key"], check=True, capture_output=True, text=True)
    folder, copies = tmp_path / "disk", tmp_path / "nas"
    folder.mkdir()
    copies.mkdir()
    plant_days(folder, production, days=3)
    spec = BackupSpec(
        format=BackupFormat.PLAIN,
        compression=Compression.GZIP,
        globals=True,
        encrypt_for=(public.stdout.strip(),),
        reason="scheduled",
    )
    scheduled(
        paths,
        replace(NIGHTLY, spec=spec, verify=True, prune=KEEP_ONE, folder=str(folder), copy_to=str(copies)),
    )
    found = running.run(paths, NAME, CTX)
    assert (found.error, found.run.code) == (None, "")
    file = Path(found.run.file)
    assert file.parent == folder
    assert file.name.endswith(".sql.gz.age")
    assert found.run.removed == 3
    assert names(folder) == [file.name, f"{file.name}.json", file.name.replace(".age", ".globals.sql.age")]
    assert names(copies) == names(folder)
    assert found.run.copied_to == str(copies / file.name)
    record = read_record(folder / f"{file.name}.json")
    assert record is not None
    assert record.encrypted == "age"
    assert record.proof is not None
    assert record.proof.is_good
    assert record.proof.compared == 1
    assert record.copies == (str(copies / file.name),)

    monkeypatch.setenv(IDENTITY_VARIABLE, str(tmp_path / "key"))
    with closing(Session.open(production, None, CTX)) as session:  # it can be proven again as it is
        service = BackupService(session, paths)
        again = service.verify(file, CTX)
        assert again.proof is not None
        assert again.proof.is_good
        assert again.proof.compared == 1
        assert again.encrypted == "age"
        assert again.proven_at != record.proven_at
        inside = service.open_inside(file, CTX)
        inside.close()
        file.write_bytes(file.read_bytes()[:-1] + b"?")
        with pytest.raises(BackupDamaged, match="altered"):
            service.verify(file, CTX)
    assert names(folder)[0] == file.name
    assert list((paths.cache / "decrypted").iterdir()) == []


def test_nothing_old_is_deleted_where_the_new_one_is_not_proven(
    paths: Paths, production: ConnectionProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = backup_folder(paths, production)
    plant_days(folder, production, days=3)
    scheduled(paths, replace(NIGHTLY, verify=True, prune=KEEP_ONE))
    real = BackupService.verify

    def spoiled(self: BackupService, file: Path, ctx: TaskContext) -> object:
        whole = file.read_bytes()
        file.write_bytes(whole[:-9] + b"?" + whole[-8:])
        return real(self, file, ctx)

    monkeypatch.setattr(BackupService, "verify", spoiled)
    found = running.run(paths, NAME, CTX)
    assert (found.run.ok, found.run.code, found.run.removed) == (False, "backup.altered", 0)
    assert Path(found.run.file).exists()
    assert {"day0.dump", "day1.dump", "day2.dump"} < set(names(folder))
    (trouble,) = runs.outstanding(paths)
    assert (trouble.kind, trouble.code, trouble.file) == (TroubleKind.FAILED, "backup.altered", found.run.file)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"copy_to": "/no/such/folder"}, "backup.no_folder"),
        ({"folder": "/no/such/folder"}, "backup.no_folder"),
        ({"spec": BackupSpec(encrypt_for=("me@example.org", "age1x"), reason="scheduled")}, "backup.recipients_mixed"),
    ],
)
def test_nothing_old_is_deleted_where_something_fails(
    paths: Paths, production: ConnectionProfile, changes: dict[str, object], code: str
) -> None:
    plant_days(backup_folder(paths, production), production, days=3)
    scheduled(paths, replace(NIGHTLY, prune=KEEP_ONE, **changes))  # type: ignore[arg-type]
    found = running.run(paths, NAME, CTX)
    assert (found.run.ok, found.run.code) == (False, code)
    assert found.error is not None
    assert found.error.code == code
    assert {"day0.dump", "day1.dump", "day2.dump"} < set(names(backup_folder(paths, production)))
    assert runs.runs(paths) == (found.run,)


def test_a_database_that_does_not_answer_is_a_failed_run(paths: Paths, production: ConnectionProfile) -> None:
    ProfileStore(paths).save([replace(production, host="127.0.0.1", port=1)])
    scheduled(paths, NIGHTLY)
    assert running.run(paths, NAME, CTX).run.code == "connection.refused"
    (trouble,) = runs.outstanding(paths)
    assert trouble.code == "connection.refused"


def test_a_connection_that_was_removed_is_a_failed_run(paths: Paths, production: ConnectionProfile) -> None:
    scheduled(paths, NIGHTLY)
    ProfileStore(paths).save([replace(production, name="other")])
    assert running.run(paths, NAME, CTX).run.code == "profile.unknown"


def test_without_a_schedule_nothing_is_done(paths: Paths, production: ConnectionProfile) -> None:
    with pytest.raises(BackupFailed) as caught:
        running.run(paths, NAME, CTX)
    assert (caught.value.code, caught.value.facts) == ("backup.not_scheduled", {"profile": NAME})
    assert runs.runs(paths) == ()


def test_two_at_a_time_are_one(paths: Paths, production: ConnectionProfile) -> None:
    scheduled(paths, NIGHTLY)
    with runs.only_run(paths, NAME), pytest.raises(BackupFailed, match="running"):
        running.run(paths, NAME, CTX)
    assert runs.runs(paths) == ()


def test_stopped_it_is_written_down_and_nothing_half_is_left(paths: Paths, production: ConnectionProfile) -> None:
    scheduled(paths, NIGHTLY)
    token = CancelToken()

    def hear(progress: Progress) -> None:
        if progress.step == "backup.checking":
            token.cancel()

    with pytest.raises(Cancelled):
        running.run(paths, NAME, TaskContext(token, hear))
    (run,) = runs.runs(paths)
    assert (run.ok, run.code) == (False, "backup.cancelled")
    assert names(backup_folder(paths, production)) == []


def test_while_it_runs_the_journal_says_so(paths: Paths, production: ConnectionProfile) -> None:
    scheduled(paths, NIGHTLY)
    seen: list[tuple[tuple[ScheduledRun, ...], bool, object]] = []

    def hear(progress: Progress) -> None:
        if progress.step == "backup.checking":
            seen.append((runs.runs(paths), runs.is_running(paths, NAME), runs.outstanding(paths)))

    running.run(paths, NAME, TaskContext(on_progress=hear))
    (begun,), is_running, outstanding = seen[0]
    assert begun.ok is None
    assert is_running
    assert outstanding == ()


def test_what_cron_is_told_runs_the_program_itself(
    paths: Paths, production: ConnectionProfile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeSchedulers(tmp_path / "bin")
    fake.add("crontab")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(fake.folder))
        scheduling.install(paths, replace(NIGHTLY, since=None), CTX)
    command = (fake.crontab or b"").decode().split("\n")[1].split(" ", 5)[5]
    ran = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, check=False, cwd="/",
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    (run,) = runs.runs(paths, NAME)
    assert run.ok
    assert Path(run.file).stat().st_size > 0


def test_other_databases_and_other_folders_are_pruned_by_nobody(
    paths: Paths, production: ConnectionProfile, tmp_path: Path
) -> None:
    folder = backup_folder(paths, production)
    plant(folder, "other.dump", database="other")
    plant_days(tmp_path / "elsewhere", production, days=3)
    scheduled(paths, replace(NIGHTLY, prune=KEEP_ONE))
    assert running.run(paths, NAME, CTX).run.removed == 0
    assert len(names(tmp_path / "elsewhere")) == 6
    library.add_folder(paths, tmp_path / "elsewhere")
    second = running.run(paths, NAME, CTX)
    assert second.run.removed == 4  # the first run's of the same day too
    assert names(tmp_path / "elsewhere") == []
    assert "other.dump" in names(folder)
