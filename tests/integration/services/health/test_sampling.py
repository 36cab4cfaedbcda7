"""Samples by the system's scheduler: it is told, shown, compared and taken away; it takes a sample as it is told to."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from nexus_studio.core.admin.schedules import Schedule, Scheduler
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups import scheduling
from nexus_studio.services.health import sampling
from nexus_studio.services.health.growthstore import GrowthStore
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore
from tests.support.fake_schedulers import FakeSchedulers
from tests.support.fix_cluster import profile_of

CTX = TaskContext.for_test()
NAMES = ("prod", "it's “prod” 50%", 'a "b" \\ %h $HOME')


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


def tree(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@pytest.mark.parametrize("scheduler", list(Scheduler))
@pytest.mark.parametrize("name", NAMES)
def test_it_is_told_shown_and_taken_away(
    paths: Paths, fake: FakeSchedulers, tmp_path: Path, name: str, scheduler: Scheduler
) -> None:
    fake.add("systemctl", "crontab", "launchctl", "schtasks")
    assert sampling.installed(paths, name) is None
    would = sampling.shown(paths, name, CTX, scheduler)
    assert not would.is_installed
    assert not [each for each in tree(tmp_path) if "nexus-studio-growth" in each or "studio.nexus" in each]
    made = sampling.install(paths, name, CTX, scheduler)
    assert made.is_installed
    assert (made.texts, made.files) == (would.texts, would.files)
    said = " ".join(each.text for each in made.texts)
    for word in ("growth", "--take", "--quiet"):
        assert word in said
    assert not [each for each, content in tree(tmp_path).items() if b"s3cret-word" in content]
    found = sampling.installed(paths, name)
    assert found is not None
    assert (found.is_installed, found.notes) == (True, made.notes)
    for file in made.files:
        file.write_bytes(b"changed")
    if made.files:
        changed = sampling.installed(paths, name)
        assert changed is not None
        assert changed.notes[-1] == "schedule.changed"
    gone = sampling.remove(paths, name, CTX)
    assert gone is not None
    assert not gone.is_installed
    assert sampling.installed(paths, name) is None
    assert sampling.remove(paths, name, CTX) is None
    assert not [each for each in tree(tmp_path) if "nexus-studio-growth" in each or "studio.nexus" in each]
    assert b"nexus" not in (fake.crontab or b"")


def test_backups_and_samples_of_one_connection_stand_beside_each_other(
    paths: Paths, fake: FakeSchedulers, tmp_path: Path
) -> None:
    fake.add("systemctl", "crontab")
    for scheduler in (Scheduler.SYSTEMD, Scheduler.CRON):
        fake.set_crontab(b"1 2 * * * /mine\n")
        scheduling.install(paths, Schedule("prod", time(3, 5)), CTX, scheduler)
        before = tree(tmp_path / "config" / "systemd"), fake.crontab
        sampling.install(paths, "prod", CTX, scheduler)
        sampling.install(paths, "prod", CTX, scheduler)
        assert (fake.crontab or b"").count(b"'--take'") <= 1
        sampling.remove(paths, "prod", CTX)
        assert (tree(tmp_path / "config" / "systemd"), fake.crontab) == before
        sampling.install(paths, "prod", CTX, scheduler)
        scheduling.remove(paths, "prod", CTX)
        found = sampling.installed(paths, "prod")
        assert found is not None
        assert found.is_installed
        sampling.remove(paths, "prod", CTX)
        assert fake.crontab == b"1 2 * * * /mine\n"


def test_another_scheduler_takes_over(paths: Paths, fake: FakeSchedulers) -> None:
    fake.add("systemctl", "crontab")
    first = sampling.install(paths, "prod", CTX, Scheduler.SYSTEMD)
    sampling.install(paths, "prod", CTX, Scheduler.CRON)
    assert not [file for file in first.files if file.exists()]
    assert b"'--take'" in (fake.crontab or b"")


def test_what_is_refused_is_as_it_was(paths: Paths, fake: FakeSchedulers, tmp_path: Path) -> None:
    fake.add("systemctl")
    fake.fail("enable")
    with pytest.raises(BackupFailed) as caught:
        sampling.install(paths, "prod", CTX, Scheduler.SYSTEMD)
    assert caught.value.code == "backup.scheduler_refused"
    assert sampling.installed(paths, "prod") is None
    with pytest.raises(BackupFailed) as caught:
        sampling.install(paths, "never saved", CTX, Scheduler.SYSTEMD)
    assert caught.value.code == "backup.profile_unsaved"
    (paths.config / sampling.FILE_NAME).write_text("no = [toml")
    with pytest.raises(BackupFailed) as caught:
        sampling.installed(paths, "prod")
    assert caught.value.code == "backup.settings_broken"
    (paths.config / sampling.FILE_NAME).write_text("[schedules]\nprod = 3\n[schedules.other]\nscheduler = 'moon'")
    assert sampling.installed(paths, "prod") is None


def test_without_a_scheduler_it_is_for_the_person(paths: Paths, fake: FakeSchedulers, tmp_path: Path) -> None:
    made = sampling.install(paths, "prod", CTX, Scheduler.SYSTEMD)
    assert not made.is_installed
    assert "schedule.by_hand" in made.notes
    assert not [file for file in made.files if file.exists()]
    gone = sampling.remove(paths, "prod", CTX)
    assert gone is not None
    assert gone.notes == ("schedule.by_hand",)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_itself_understands_the_units(paths: Paths, tmp_path: Path) -> None:
    found = sampling.shown(paths, NAMES[2], CTX, Scheduler.SYSTEMD)
    for text in found.texts:
        (tmp_path / text.name).write_text(text.text, encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="nxs-") as run:
        ran = subprocess.run(
            ["systemd-analyze", "--user", "verify", *(str(tmp_path / text.name) for text in found.texts)],
            capture_output=True, text=True, check=False, env={**os.environ, "XDG_RUNTIME_DIR": run},
        )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_what_cron_calls_takes_a_sample(
    own_path: Callable[[], None], paths: Paths, fake: FakeSchedulers, seeded_url: str
) -> None:
    fake.add("crontab")
    profile = profile_of(seeded_url)
    ProfileStore(paths).save([replace(profile, name="it's “mine” 50%")])
    sampling.install(paths, "it's “mine” 50%", CTX, Scheduler.CRON)
    line = (fake.crontab or b"").decode().splitlines()[-1]
    own_path()
    minute, hour, _ = line.split(" ", 2)
    assert 0 <= int(minute) < 60
    assert hour == "*"
    command = line.split(" ", 5)[5].replace("\\%", "%")
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert len(GrowthStore.of(paths.data, profile).moments()) == 1


@pytest.fixture
def own_path(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A function that gives the test's own PATH back."""
    before = os.environ["PATH"]
    return lambda: monkeypatch.setenv("PATH", before)
