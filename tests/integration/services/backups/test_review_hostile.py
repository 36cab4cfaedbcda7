"""Files that are no friend's, and kills in the worst moment: nothing hangs, nothing is filled, nothing stays half."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.archives import ArchiveKind, RestoreInto, RestoreTarget
from nexus_studio.core.admin.backups import BackupFormat, BackupSpec
from nexus_studio.core.errors import BackupDamaged, BackupFailed, RestoreRefused, StudioError
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services import backupfiles
from nexus_studio.services.backupfiles import checksum, size_of, write_record
from nexus_studio.services.backups import scratchrestore
from nexus_studio.services.backups.archivefiles import toc_of
from nexus_studio.services.backups.archives import look
from nexus_studio.services.backups.creating import create
from nexus_studio.services.backups.library import listing
from nexus_studio.services.backups.proving import prove
from nexus_studio.services.backups.restoring import restore
from nexus_studio.services.migrations.scratch import PREFIX
from nexus_studio.services.migrations.scratchserver import embedded_session
from nexus_studio.services.partlocks import QUIET_S
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session
from tests.integration.services.backups.dumps import databases
from tests.support.fix_cluster import profile_of

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def paths(server_room: Path) -> Iterator[Paths]:
    found = Paths.below(server_room / "hostile-home")
    with embedded_session(found, CTX):
        yield found


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_never_ends_is_no_backup(kind: str, session: Session, tmp_path: Path) -> None:
    file = Path("/dev/zero") if kind == "device" else tmp_path / "x.dump"
    if kind == "pipe":
        os.mkfifo(file)
    if kind == "folder":
        file.mkdir()
        os.mkfifo(file / "toc.dat")
    told: list[str] = []
    for action in (
        lambda: look(file, CTX),
        lambda: prove(None, Paths.below(tmp_path), file, CTX),
        lambda: restore(session, Paths.below(tmp_path), file, RestoreTarget(RestoreInto.NEW, "never"), CTX),
    ):
        with pytest.raises(StudioError) as refused:
            action()
        told.append(refused.value.code)
    assert told == ["backup.unreadable"] * 3


@pytest.mark.parametrize("way", ["path", "link"])
def test_rows_from_outside_of_its_folder_are_no_part_of_an_archive(
    way: str, session: Session, paths: Paths, tmp_path: Path, sql: Sql
) -> None:
    """An archive names the file of each table's rows; it might as well name one of this machine's."""
    sql("CREATE TABLE t AS SELECT 1 AS id")
    file, record = create(session, paths, BackupSpec(format=BackupFormat.DIRECTORY), CTX, folder=tmp_path)
    (data,) = file.glob("*.dat.gz")
    outside = tmp_path / "9.dat.gz"
    outside.write_bytes(gzip.compress(b"4711\n\\.\n\n\n"))
    if way == "path":
        toc = file / "toc.dat"
        named = next(each.file for each in toc_of(file, ArchiveKind.DIRECTORY).entries if each.file)
        assert toc.read_bytes().count(_text(named)) == 1
        toc.write_bytes(toc.read_bytes().replace(_text(named), _text("../9.dat")))
    else:
        data.unlink()
        data.symlink_to(outside)
    write_record(replace(record, size_bytes=size_of(file), sha256=checksum(file, CTX)), tmp_path)  # it vouches for that
    before = databases(_url(session))
    for action in (
        lambda: prove(None, paths, file, CTX),
        lambda: restore(session, paths, file, RestoreTarget(RestoreInto.NEW, "nxs outside"), CTX),
    ):
        with pytest.raises((RestoreRefused, BackupDamaged)) as refused:
            action()
        # Some versions of pg_restore refuse the name themselves, and first.
        assert refused.value.code in {"restore.commands", "backup.altered"}
    assert databases(_url(session)) == before


def _text(name: str) -> bytes:
    """Write a text as archives do: a sign, four bytes of its length, itself."""
    return b"\0" + len(name).to_bytes(4, "little") + name.encode()


def _url(session: Session) -> str:
    profile = session.profile
    return f"host={profile.host} port={profile.port} dbname={profile.database} user={profile.user}"


def test_what_becomes_more_than_the_disk_holds_is_stopped(
    session: Session, paths: Paths, tmp_path: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql("CREATE TABLE t AS SELECT n, repeat('x', 1000) AS x FROM generate_series(1, 20000) n")
    file, record = create(session, paths, BackupSpec(format=BackupFormat.PLAIN), CTX, folder=tmp_path)
    looks: list[Path] = []

    def fill(folder: Path) -> None:
        looks.append(folder)
        if len(looks) > 2:
            raise BackupFailed("backup.disk_full", folder=str(folder), free=0)

    monkeypatch.setattr(scratchrestore, "require_some", fill)
    monkeypatch.setattr(scratchrestore, "_LOOK_S", 0)
    with pytest.raises(BackupFailed) as full:
        prove(session, paths, file, CTX)
    assert full.value.code == "backup.disk_full"
    assert backupfiles.read_record(file.with_name(f"{file.name}.json")) == record  # that says nothing of the backup
    with embedded_session(paths, CTX) as scratch, scratch.read(CTX) as connection:
        names = [str(row[0]) for row in connection.exec_driver_sql("SELECT datname FROM pg_database")]
    assert not [each for each in names if each.startswith(f"{PREFIX}{os.getpid()}_")]


def main(url: str, folder: str) -> None:
    """Make a backup in a process that kills itself when the sidecar is there and the name is not."""
    real = backupfiles.write_record

    def write(record: Any, where: Path) -> Path:
        real(record, where)
        os.kill(os.getpid(), signal.SIGKILL)
        return where

    from nexus_studio.services.backups import places  # noqa: PLC0415 - this process alone has it otherwise

    places.write_record = write  # type: ignore[attr-defined, assignment]
    session = Session.open(profile_of(url), None, TaskContext())
    create(session, Paths.below(Path(folder)), BackupSpec(), TaskContext(), folder=Path(folder))


def test_a_sidecar_whose_backup_never_got_its_name_goes_with_what_is_left(
    session: Session, pg_url: str, tmp_path: Path
) -> None:
    line = (sys.executable, "-m", "tests.integration.services.backups.test_review_hostile", pg_url, str(tmp_path))
    child = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    (part,), (sidecar,) = tmp_path.glob("*.part"), tmp_path.glob("*.json")
    long_ago = part.stat().st_mtime - QUIET_S - 1
    os.utime(part, (long_ago, long_ago))
    told: list[Progress] = []
    file, _ = create(
        session, Paths.below(tmp_path / "home"), BackupSpec(), TaskContext(on_progress=told.append), folder=tmp_path
    )
    assert (part.exists(), sidecar.exists()) == (False, False)
    assert [each.file for each in listing(Paths.below(tmp_path / "home"), [tmp_path], CTX).entries] == [file]


if __name__ == "__main__":
    main(*sys.argv[1:])
