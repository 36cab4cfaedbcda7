"""Studio is killed while it makes a backup: the next one removes what is left, and nothing that is being written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nexus_studio.core.admin.backups import BackupFormat, BackupSpec
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.leftovers import remove_leftovers
from nexus_studio.services.partlocks import QUIET_S, at_work
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of

ROOT = Path(__file__).parents[4]
KINDS = {"plain": BackupSpec(format=BackupFormat.PLAIN), "directory": BackupSpec(format=BackupFormat.DIRECTORY, jobs=2)}


def main(url: str, folder: str, kind: str) -> None:
    """Make a backup in a process that kills itself when it is written."""

    def die(progress: Progress) -> None:
        if progress.step == "backup.checking":
            os.kill(os.getpid(), signal.SIGKILL)

    session = Session.open(profile_of(url), None, TaskContext())
    create(session, Paths.below(Path(folder)), KINDS[kind], TaskContext(on_progress=die), folder=Path(folder))


def aged(path: Path) -> None:
    """Have a file or folder be as old as if it was forgotten."""
    for each in (path, *(path.iterdir() if path.is_dir() else ())):
        before = each.stat().st_mtime - QUIET_S - 1
        os.utime(each, (before, before))


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_kill_leaves_is_removed_by_the_next(kind: str, session: Session, pg_url: str, tmp_path: Path) -> None:
    line = (
        sys.executable,
        "-m",
        "tests.integration.services.backups.test_creating_killed",
        pg_url,
        str(tmp_path),
        kind,
    )
    child = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    (left,) = tmp_path.glob("*.part")
    paths = Paths.below(tmp_path / "home")
    create(session, paths, KINDS[kind], TaskContext(), folder=tmp_path)
    assert left.exists()  # it may be somebody's who is at work on another machine
    aged(left)
    create(session, paths, KINDS[kind], TaskContext(), folder=tmp_path)
    assert not left.exists()
    assert list(tmp_path.glob("*.part")) == []


def test_only_what_is_ours_and_nobody_writes_to_is_removed(tmp_path: Path) -> None:
    dump = "x-20261130T101500Z-backup-0123456789abcdef-9e1b.dump"
    ours = (
        "backup_20261130.sql.gz.part",
        *(f"{dump}{each}.part" for each in ("", ".age", ".globals.sql", ".globals.sql.gpg", ".json.4711")),
    )
    others = ("mine.dump.part", "film.mkv.part", "backup_20261130.sql.gz")
    for name in (*ours, *others):
        (tmp_path / name).write_text("")
        aged(tmp_path / name)
    with at_work(tmp_path / ours[0]):
        remove_leftovers(tmp_path)
        assert {each.name for each in tmp_path.iterdir()} == {ours[0], *others}
    remove_leftovers(tmp_path)
    assert {each.name for each in tmp_path.iterdir()} == set(others)


def test_half_a_folder_is_as_young_as_its_youngest_file(tmp_path: Path) -> None:
    part = tmp_path / "x-20261130T101500Z-backup-0123456789abcdef-9e1b.dir.part"
    part.mkdir()
    (part / "1.dat").write_bytes(b"half")
    aged(part)
    (part / "2.dat").write_bytes(b"half")
    remove_leftovers(tmp_path)
    assert part.exists()
    aged(part)
    remove_leftovers(tmp_path)
    assert not part.exists()


if __name__ == "__main__":
    main(*sys.argv[1:])
