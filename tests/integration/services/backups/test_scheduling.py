"""Schedules: real files where schedulers look for them; only the schedulers' own programs are stood in for."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec
from nexus_studio.core.admin.retention import RetentionRule
from nexus_studio.core.admin.schedulertexts import job_id
from nexus_studio.core.admin.schedules import Schedule, ScheduledRun, Scheduler, TroubleKind, run_line
from nexus_studio.core.errors import BackupFailed, ToolMissing
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups import library, runs, scheduling
from nexus_studio.services.backups.backupsettings import BackupSettings
from nexus_studio.services.backups.localtime import local_now
from nexus_studio.services.paths import HOME_VARIABLE, Paths
from nexus_studio.services.profile_store import ProfileStore
from tests.support.fake_schedulers import FakeSchedulers

CTX = TaskContext.for_test()
NAMES = ("prod", "it's “prod” 50%", 'a "b" \\ %h $HOME')
NIGHTLY = Schedule("prod", time(3, 5), (0, 4), RetentionRule(), verify=True)


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("PGPASSWORD", "s3cret-word")
    found = Paths.default()
    ProfileStore(found).save([ConnectionProfile(name) for name in NAMES])
    return found


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSchedulers:
    """No scheduler's program; `add` puts stand-ins on the PATH."""
    found = FakeSchedulers(tmp_path / "bin")
    found.add()
    monkeypatch.setenv("PATH", str(found.folder))
    return found


@pytest.fixture
def units(tmp_path: Path) -> Path:
    return tmp_path / "config" / "systemd" / "user"


def unit(ending: str, profile: str = "prod") -> str:
    return f"nexus-studio-backup-{job_id(profile, os.environ[HOME_VARIABLE])}.{ending}"


def tree(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


# --- systemd


def test_a_folder_of_its_own_belongs_to_the_library(paths: Paths, fake: FakeSchedulers, tmp_path: Path) -> None:
    fake.add("crontab")
    own = tmp_path / "own"
    scheduling.install(paths, replace(NIGHTLY, folder=str(own)), CTX, Scheduler.CRON)
    scheduling.install(paths, replace(NIGHTLY, folder=str(own)), CTX, Scheduler.CRON)
    assert library.folders(paths).count(own) == 1
    scheduling.remove(paths, NIGHTLY.profile, CTX)
    assert own in library.folders(paths)  # what was made there is still there


def test_a_timer_is_written_and_taken_up_shown_and_removed(paths: Paths, fake: FakeSchedulers, units: Path) -> None:
    fake.add("systemctl", "crontab")
    found = scheduling.install(paths, NIGHTLY, CTX)
    assert (found.scheduler, found.is_installed) == (Scheduler.SYSTEMD, True)
    assert found.files == (units / unit("service"), units / unit("timer"))
    assert fake.calls == [
        ["systemctl", "--user", "show-environment"],
        ["systemctl", "--user", "daemon-reload"],
        ["systemctl", "--user", "enable", unit("timer")],
        ["systemctl", "--user", "restart", unit("timer")],
    ]
    assert "OnCalendar=Mon,Fri *-*-* 03:05:00\nPersistent=true" in (units / unit("timer")).read_text()
    assert "--profile=prod" in (units / unit("service")).read_text()
    assert os.environ[HOME_VARIABLE] in (units / unit("service")).read_text()
    (known,) = scheduling.installed(paths)
    assert known == replace(found, notes=known.notes)
    assert known.schedule.since is not None
    assert abs(known.schedule.since - local_now()) < timedelta(minutes=1)
    gone = scheduling.remove(paths, "prod", CTX)
    assert gone is not None
    assert gone.notes == ()
    assert [each for each in units.rglob("*") if not each.is_dir()] == []
    assert fake.calls == [
        ["systemctl", "--user", "disable", "--now", unit("timer")],
        ["systemctl", "--user", "daemon-reload"],
    ]
    assert scheduling.installed(paths) == ()
    assert scheduling.remove(paths, "prod", CTX) is None


@pytest.mark.parametrize("scheduler", list(Scheduler))
@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_written_anywhere(
    paths: Paths, fake: FakeSchedulers, tmp_path: Path, name: str, scheduler: Scheduler
) -> None:
    fake.add("systemctl", "crontab", "launchctl", "schtasks")
    scheduling.install(paths, replace(NIGHTLY, profile=name, copy_to="s3://bucket/x"), CTX, scheduler)
    everything = tree(tmp_path)
    assert any(b"backup" in content for content in everything.values())
    assert not [each for each, content in everything.items() if b"s3cret-word" in content]
    scheduling.remove(paths, name, CTX)
    assert not [each for each in tree(tmp_path) if "nexus-studio-backup" in each or "studio.nexus" in each]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize("name", NAMES)
def test_systemd_itself_understands_the_units(paths: Paths, tmp_path: Path, name: str) -> None:
    found = scheduling.shown(paths, replace(NIGHTLY, profile=name), CTX, Scheduler.SYSTEMD)
    for text in found.texts:
        (tmp_path / text.name).write_text(text.text, encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="nxs-") as run:  # short: the machine's own units have sockets there
        ran = subprocess.run(
            ["systemd-analyze", "--user", "verify", *(str(tmp_path / text.name) for text in found.texts)],
            capture_output=True, text=True, check=False, env={**os.environ, "XDG_RUNTIME_DIR": run},
        )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.parametrize("step", ["daemon-reload", "enable", "restart"])
def test_what_systemd_refuses_is_taken_back(paths: Paths, fake: FakeSchedulers, units: Path, step: str) -> None:
    fake.add("systemctl")
    fake.fail(step)
    with pytest.raises(BackupFailed) as caught:
        scheduling.install(paths, NIGHTLY, CTX, Scheduler.SYSTEMD)
    assert caught.value.code == "backup.scheduler_refused"
    assert caught.value.facts == {"scheduler": "systemd", "words": "systemctl: not today"}
    assert [each for each in units.rglob("*") if not each.is_dir()] == []
    assert scheduling.installed(paths) == ()


def test_where_a_change_is_refused_the_former_schedule_stays(paths: Paths, fake: FakeSchedulers, units: Path) -> None:
    fake.add("systemctl")
    scheduling.install(paths, NIGHTLY, CTX)
    before = tree(units)
    fake.fail("restart")
    with pytest.raises(BackupFailed):
        scheduling.install(paths, replace(NIGHTLY, at=time(5)), CTX, Scheduler.SYSTEMD)
    assert tree(units) == before
    (known,) = scheduling.installed(paths)
    assert known.schedule.at == time(3, 5)
    assert "schedule.changed" not in known.notes


def test_a_folder_that_cannot_be_written_is_said(paths: Paths, fake: FakeSchedulers, units: Path) -> None:
    fake.add("systemctl")
    units.parent.parent.mkdir()
    units.parent.write_text("a file")
    with pytest.raises(BackupFailed, match="schedule_unwritable"):
        scheduling.install(paths, NIGHTLY, CTX, Scheduler.SYSTEMD)
    assert scheduling.installed(paths) == ()


def test_what_somebody_changed_or_removed_is_noticed(paths: Paths, fake: FakeSchedulers, units: Path) -> None:
    fake.add("systemctl")
    scheduling.install(paths, NIGHTLY, CTX)
    timer = units / unit("timer")
    timer.write_text(timer.read_text().replace("03:05", "04:05"))
    (known,) = scheduling.installed(paths)
    assert "schedule.changed" in known.notes
    timer.unlink()
    (known,) = scheduling.installed(paths)
    assert "schedule.gone" in known.notes
    assert not known.is_installed


def test_a_scheduler_that_does_not_answer_keeps_nobody_from_removing(
    paths: Paths, fake: FakeSchedulers, units: Path
) -> None:
    fake.add("systemctl")
    scheduling.install(paths, NIGHTLY, CTX)
    fake.fail("--user")
    gone = scheduling.remove(paths, "prod", CTX)
    assert gone is not None
    assert gone.notes == ("schedule.still_loaded",)
    assert gone.commands[0] == f"systemctl --user disable --now {unit('timer')}"
    assert [each for each in units.rglob("*") if not each.is_dir()] == []


def test_another_scheduler_takes_over(paths: Paths, fake: FakeSchedulers, units: Path) -> None:
    fake.add("systemctl", "crontab")
    scheduling.install(paths, NIGHTLY, CTX, Scheduler.SYSTEMD)
    scheduling.install(paths, NIGHTLY, CTX, Scheduler.CRON)
    assert [each for each in units.rglob("*") if not each.is_dir()] == []
    assert fake.crontab is not None
    assert fake.crontab.count(b"\n") == 2
    (known,) = scheduling.installed(paths)
    assert known.scheduler is Scheduler.CRON


# --- cron


def test_a_line_of_a_crontab_is_added_beside_others_and_removed(paths: Paths, fake: FakeSchedulers) -> None:
    fake.add("crontab")
    before = b"MAILTO=me\n# \xff not UTF-8\n0 1 * * * mine 100\\%\n"
    fake.set_crontab(before)
    found = scheduling.install(paths, NIGHTLY, CTX)
    assert found.scheduler is Scheduler.CRON
    assert found.files == ()
    assert {"schedule.no_catching_up", "schedule.no_keyring"} <= set(found.notes)
    after = fake.crontab
    assert after is not None
    assert after.startswith(before)
    marker, line, end = after[len(before) :].decode().split("\n")
    assert marker.startswith("# nexus-studio backup prod-")
    assert line.startswith("5 3 * * 1,5 NEXUS_STUDIO_HOME=")
    assert end == ""
    scheduling.install(paths, replace(NIGHTLY, at=time(4)), CTX)
    assert (fake.crontab or b"").count(b"nexus_studio") == 1
    assert b"\n0 4 * * 1,5 " in (fake.crontab or b"")
    scheduling.remove(paths, "prod", CTX)
    assert fake.crontab == before


def test_a_first_crontab_is_made(paths: Paths, fake: FakeSchedulers) -> None:
    fake.add("crontab")
    scheduling.install(paths, NIGHTLY, CTX)
    assert (fake.crontab or b"").startswith(b"# nexus-studio backup")


@pytest.mark.parametrize("word", ["-l", "-"])
def test_a_crontab_that_is_refused_is_as_it_was(paths: Paths, fake: FakeSchedulers, word: str) -> None:
    fake.add("crontab")
    fake.set_crontab(b"mine\n")
    fake.fail(word)
    with pytest.raises(BackupFailed, match="scheduler_refused"):
        scheduling.install(paths, NIGHTLY, CTX)
    assert fake.crontab == b"mine\n"
    assert scheduling.installed(paths) == ()
    fake.fail()
    scheduling.install(paths, NIGHTLY, CTX)
    fake.fail(word)
    with pytest.raises(BackupFailed, match="scheduler_refused"):
        scheduling.remove(paths, "prod", CTX)
    assert len(scheduling.installed(paths)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_cron_would_run_what_was_meant(
    paths: Paths, fake: FakeSchedulers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fake.add("crontab")
    program = tmp_path / "py thon"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$NEXUS_STUDIO_HOME" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    scheduling.install(paths, replace(NIGHTLY, profile=name), CTX)
    command = (fake.crontab or b"").decode().split("\n")[1].split(" ", 5)[5].replace("\\%", "%")
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True, env={})
    words = ["-P", "-m", "nexus_studio", "backup", "run", f"--profile={name}", "--quiet"]
    assert ran.stdout.splitlines() == [os.environ[HOME_VARIABLE], *words]


# --- launchd and Windows


def test_an_agent_of_launchd(paths: Paths, fake: FakeSchedulers, tmp_path: Path) -> None:
    fake.add("launchctl")
    fake.fail("bootout")  # it knew no such agent
    found = scheduling.install(paths, NIGHTLY, CTX, Scheduler.LAUNCHD)
    (file,) = found.files
    assert file.parent == tmp_path / "me" / "Library" / "LaunchAgents"
    label = plistlib.loads(file.read_bytes())["Label"]
    domain = f"gui/{os.getuid()}"
    assert fake.calls == [["launchctl", "bootout", f"{domain}/{label}"], ["launchctl", "bootstrap", domain, str(file)]]
    fake.fail()
    scheduling.remove(paths, "prod", CTX)
    assert fake.calls == [["launchctl", "bootout", f"{domain}/{label}"]]
    assert not file.exists()


def test_a_task_of_windows(paths: Paths, fake: FakeSchedulers) -> None:
    fake.add("schtasks")
    found = scheduling.install(paths, NIGHTLY, CTX, Scheduler.TASKS)
    (file,) = found.files
    assert file.read_bytes()[:2] in {b"\xff\xfe", b"\xfe\xff"}
    assert "<Friday />" in file.read_text(encoding="utf-16")
    assert "schedule.home" in found.notes
    task = f"NexusStudio\\{unit('xml').removesuffix('.xml')}"
    assert fake.calls == [["schtasks", "/Create", "/F", "/TN", task, "/XML", str(file)]]
    (known,) = scheduling.installed(paths)
    assert not {"schedule.changed", "schedule.gone"} & set(known.notes)
    scheduling.remove(paths, "prod", CTX)
    assert fake.calls == [["schtasks", "/Delete", "/F", "/TN", task]]
    assert not file.exists()


# --- by hand


def test_without_any_scheduler_the_texts_are_for_the_person(paths: Paths, fake: FakeSchedulers, units: Path) -> None:
    found = scheduling.install(paths, NIGHTLY, CTX)
    assert (found.scheduler, found.is_installed) == (Scheduler.SYSTEMD, False)
    assert "schedule.by_hand" in found.notes
    assert found.files == (units / unit("service"), units / unit("timer"))
    assert found.commands == (
        "systemctl --user daemon-reload",
        f"systemctl --user enable {unit('timer')}",
        f"systemctl --user restart {unit('timer')}",
    )
    assert not units.exists()
    assert fake.calls == []
    (known,) = scheduling.installed(paths)  # `backup run` must know what is wanted
    assert known.schedule.verify
    gone = scheduling.remove(paths, "prod", CTX)
    assert gone is not None
    assert gone.notes == ("schedule.by_hand",)
    assert gone.commands[0].startswith("systemctl --user disable --now")


def test_what_is_only_shown_changes_nothing(paths: Paths, fake: FakeSchedulers, tmp_path: Path) -> None:
    fake.add("systemctl", "crontab")
    before = tree(tmp_path)
    for scheduler in Scheduler:
        found = scheduling.shown(paths, NIGHTLY, CTX, scheduler)
        assert all(each.text for each in found.texts)
        assert not found.is_installed
    assert tree(tmp_path) == before


# --- what is refused, and what is kept


def test_what_would_fail_each_night_is_refused_at_once(paths: Paths, fake: FakeSchedulers) -> None:
    fake.add("systemctl")
    spec = replace(NIGHTLY.spec, format=BackupFormat.DIRECTORY, encrypt_for=("AGE-SECRET-KEY-1",))
    with pytest.raises(BackupFailed, match="recipient"):
        scheduling.install(paths, replace(NIGHTLY, spec=spec), CTX)
    with pytest.raises(ToolMissing):  # no gpg is on the PATH
        scheduling.install(paths, replace(NIGHTLY, spec=replace(spec, encrypt_for=("me@example.org",))), CTX)
    (fake.folder / "gpg").symlink_to("/bin/true")
    with pytest.raises(BackupFailed, match="encrypt_directory"):
        scheduling.install(paths, replace(NIGHTLY, spec=replace(spec, encrypt_for=("me@example.org",))), CTX)
    assert (fake.calls, scheduling.installed(paths)) == ([], ())


def test_a_profile_that_is_not_saved_is_refused(paths: Paths, fake: FakeSchedulers) -> None:
    fake.add("systemctl")
    with pytest.raises(BackupFailed, match="profile_unsaved"):
        scheduling.install(paths, replace(NIGHTLY, profile="other"), CTX)
    assert fake.calls == []


def test_a_secret_in_an_address_is_refused(paths: Paths, fake: FakeSchedulers) -> None:
    fake.add("systemctl")
    for verb in (scheduling.install, scheduling.shown):
        with pytest.raises(BackupFailed, match="copy_secret"):
            verb(paths, replace(NIGHTLY, copy_to="ftp://me:pw@host/"), CTX)
    assert scheduling.installed(paths) == ()


def test_a_line_longer_than_cron_takes_is_refused(
    paths: Paths, fake: FakeSchedulers, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add("crontab")
    monkeypatch.setenv("GNUPGHOME", "/g" * 600)
    with pytest.raises(BackupFailed, match="schedule_too_long"):
        scheduling.install(paths, NIGHTLY, CTX)
    assert fake.crontab is None


def test_all_of_a_schedule_is_kept(paths: Paths, fake: FakeSchedulers) -> None:
    fake.add("systemctl")
    (fake.folder / "age").symlink_to("/bin/true")
    spec = BackupSpec(schemas=("a", "b"), jobs=2, globals=True, encrypt_for=("age1x",), reason="scheduled")
    wanted = replace(NIGHTLY, spec=spec, folder="/mnt/b", copy_to="s3://b/x", since=datetime(2026, 1, 2, tzinfo=UTC))
    scheduling.install(paths, wanted, CTX)
    (known,) = scheduling.installed(paths)
    assert known.schedule == wanted


def test_what_was_missed_is_not_forgotten_where_only_something_else_changes(paths: Paths, fake: FakeSchedulers) -> None:
    fake.add("systemctl")
    begun = local_now() - timedelta(days=9)
    scheduling.install(paths, replace(NIGHTLY, days=(), since=begun), CTX)
    assert runs.outstanding(paths)[0].kind is TroubleKind.MISSED
    scheduling.install(paths, replace(NIGHTLY, days=(), verify=False), CTX)
    assert runs.outstanding(paths)[0].count in {8, 9}
    scheduling.install(paths, replace(NIGHTLY, days=(), at=time(4)), CTX)
    assert runs.outstanding(paths) == ()


# --- the journal


def test_runs_are_written_down_and_read(paths: Paths) -> None:
    begun = ScheduledRun("prod", local_now().replace(microsecond=0))
    ended = replace(begun, ended_at=begun.started_at + timedelta(minutes=3), ok=True, file="x.dump")
    assert runs.runs(paths) == ()
    runs.record_run(paths, begun)
    assert runs.runs(paths) == (begun,)
    runs.record_run(paths, ended)
    runs.record_run(paths, replace(begun, profile="other"))
    assert runs.runs(paths, "prod") == (ended,)
    assert len(runs.runs(paths)) == 2
    assert (paths.data / runs.JOURNAL).stat().st_mode & 0o777 == 0o600


def test_a_torn_line_at_the_end_takes_no_other_with_it(paths: Paths) -> None:
    run = ScheduledRun("prod", local_now())
    journal = paths.data / runs.JOURNAL
    for length in (1, 40, len(run_line(run)) - 1):
        journal.parent.mkdir(parents=True, exist_ok=True)
        journal.write_text(run_line(run)[:length])
        newer = replace(run, started_at=run.started_at + timedelta(hours=1))
        runs.record_run(paths, newer)
        assert newer in runs.runs(paths)


def test_of_a_long_journal_the_end_is_read(paths: Paths) -> None:
    moment = local_now()
    lines = [run_line(ScheduledRun("prod", moment + timedelta(minutes=each))) for each in range(20_000)]
    paths.data.mkdir(parents=True)
    (paths.data / runs.JOURNAL).write_text("".join(lines))
    found = runs.runs(paths)
    assert 1000 < len(found) < 20_000
    assert found[-1].started_at == moment + timedelta(minutes=19_999)


def test_a_journal_that_cannot_be_written_is_said(paths: Paths) -> None:
    (paths.data / runs.JOURNAL).mkdir(parents=True)
    with pytest.raises(BackupFailed, match="journal_unwritable"):
        runs.record_run(paths, ScheduledRun("prod", local_now()))
    assert runs.runs(paths) == ()


def test_only_one_run_of_a_profile_at_a_time(paths: Paths) -> None:
    assert not runs.is_running(paths, "prod")
    with runs.only_run(paths, "prod"):
        assert runs.is_running(paths, "prod")
        assert not runs.is_running(paths, "other")
        with pytest.raises(BackupFailed, match="running"), runs.only_run(paths, "prod"):
            pass
        assert runs.is_running(paths, "prod")
    assert not runs.is_running(paths, "prod")


def test_a_run_of_another_process_is_seen_until_it_is_killed(paths: Paths, fake: FakeSchedulers) -> None:
    fake.add("systemctl")
    scheduling.install(paths, replace(NIGHTLY, days=(), since=local_now()), CTX)
    code = """
import sys
from nexus_studio.core.admin.schedules import ScheduledRun
from nexus_studio.services.backups import runs
from nexus_studio.services.backups.localtime import local_now
from nexus_studio.services.paths import Paths
paths = Paths.default()
with runs.only_run(paths, "prod"):
    runs.record_run(paths, ScheduledRun("prod", local_now()))
    print("begun", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        assert runs.is_running(paths, "prod")
        assert runs.outstanding(paths) == ()
        process.kill()
        process.wait()
        assert not runs.is_running(paths, "prod")
        (found,) = runs.outstanding(paths)
        assert (found.kind, found.code) == (TroubleKind.FAILED, "backup.interrupted")


def test_a_schedule_that_makes_no_sense_keeps_nobody_from_the_others(paths: Paths, fake: FakeSchedulers) -> None:
    fake.add("systemctl")
    scheduling.install(paths, NIGHTLY, CTX)
    with (paths.config / "backups.toml").open("a") as stream:
        stream.write('[schedules.later]\nat = "99:00"\nscheduler = "systemd"\n')
    assert [each.schedule.profile for each in scheduling.installed(paths)] == ["prod"]
    BackupSettings(paths).forget("prod")
    assert "99:00" in (paths.config / "backups.toml").read_text()
