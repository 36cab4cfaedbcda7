"""Sidecars of backups: written and read again, found by database, and broken ones left out."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nexus_studio.core.admin.backupfiles import (
    BackupRecord,
    file_name,
    identity_of,
    read_sidecar,
    safe_name,
    server_of,
    sidecar_text,
)
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import (
    backup_folder,
    checksum,
    is_whole,
    keep_part,
    read_record,
    records,
    remove_parts,
    shelf_folder,
    write_record,
)
from nexus_studio.services.partlocks import at_work
from nexus_studio.services.paths import Paths

PROFILE = ConnectionProfile("x", host="127.0.0.1", port=5434, database='o"dd/né')
MADE = datetime(2026, 11, 30, 10, 15, tzinfo=UTC)


def record_of(file: Path, **more: object) -> BackupRecord:
    record = BackupRecord(
        file=file.name,
        server=server_of(PROFILE),
        database=PROFILE.database,
        made_at=MADE,
        size_bytes=file.stat().st_size,
        sha256=checksum(file, TaskContext()),
        tool="pg_dump 16.4",
    )
    return replace(record, **more)  # type: ignore[arg-type]


def test_a_record_is_read_as_it_was_written() -> None:
    record = BackupRecord(
        "a.dump", "localhost:5434", "nexus", MADE, 7, "ab" * 32, "pg_dump 16.4", "c3", MADE, "me@here", "reset"
    )
    assert read_sidecar(sidecar_text(record)) == record
    record = replace(record, tables=(RelationName("public", 'a "b'), RelationName("s", "c")), objects=9)
    assert read_sidecar(sidecar_text(record)) == record
    assert read_sidecar(sidecar_text(replace(record, proven_at=None))).proven_at is None
    more = json.loads(sidecar_text(record)) | {"of_a_later_version": 1}
    assert read_sidecar(json.dumps(more)) == record


@pytest.mark.parametrize(
    "change", [{"format": 2}, {"made_at": "2026-11-30T10:15:00"}, {"made_at": None}, {"size_bytes": "many"}]
)
def test_what_is_no_sidecar_is_refused(change: dict[str, object]) -> None:
    record = BackupRecord("a.dump", "localhost:5434", "nexus", MADE, 7, "ab" * 32, "pg_dump 16.4")
    with pytest.raises(ValueError):
        read_sidecar(json.dumps(json.loads(sidecar_text(record)) | change))


def test_names_of_files_are_safe_and_loopback_is_one_server() -> None:
    name = file_name(PROFILE, MADE, "reset", "9e1b")
    assert name == f"o_dd_n_-20261130T101500Z-reset-{identity_of(PROFILE)}-9e1b.dump"
    assert name != file_name(replace(PROFILE, database="o dd n "), MADE, "reset", "9e1b")
    assert safe_name("../..") == "_"
    assert safe_name("") == "_"
    same = {server_of(replace(PROFILE, host=host)) for host in ("", "localhost", "127.0.0.1", "::1")}
    assert same == {"localhost:5434"}
    assert server_of(replace(PROFILE, host="/tmp/s")) == "/tmp/s:5434"


def test_files_are_found_with_their_records(tmp_path: Path) -> None:
    paths = Paths.below(tmp_path)
    folder = backup_folder(paths, PROFILE)
    folder.mkdir(parents=True)
    files = [folder / name for name in ("old.dump", "new.dump", "cut.dump", "gone.dump", "bare.dump")]
    for file in files:
        file.write_bytes(b"12345")
    old, new, cut, gone, _ = files
    write_record(record_of(old), folder)
    write_record(record_of(new, made_at=MADE.replace(year=2027)), folder)
    write_record(record_of(cut), folder)
    write_record(record_of(gone), folder)
    cut.write_bytes(b"123")
    gone.unlink()
    (folder / "broken.dump.json").write_text("{")
    assert read_record(folder / "broken.dump.json") is None
    assert [file for file, _ in records(paths, PROFILE)] == [new, old]
    assert records(paths, replace(PROFILE, database="other")) == ()
    assert is_whole(old, record_of(old), TaskContext())
    assert not is_whole(old, replace(record_of(old), sha256="0"), TaskContext())
    assert not is_whole(gone, record_of(old), TaskContext())


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_is_there_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    def no_link(*_names: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not has_links:
        monkeypatch.setattr(os, "link", no_link)
    part, file = tmp_path / "x.dump.part", tmp_path / "x.dump"
    part.write_bytes(b"first")
    assert keep_part(part) == file
    assert [each.name for each in tmp_path.iterdir()] == ["x.dump"]
    part.write_bytes(b"second")
    with pytest.raises(FileExistsError):
        keep_part(part)
    assert file.read_bytes() == b"first"


def test_parts_of_this_database_only_are_removed(tmp_path: Path) -> None:
    paths = Paths.below(tmp_path)
    like = replace(PROFILE, database='o"dd né')
    assert backup_folder(paths, like) == backup_folder(paths, PROFILE)
    kept, gone = [], []
    for folder in (backup_folder(paths, PROFILE), shelf_folder(paths, PROFILE)):
        folder.mkdir(parents=True)
        gone.append(folder / (file_name(PROFILE, MADE, "recreate", "0000") + ".part"))
        kept += [folder / file_name(PROFILE, MADE, "reset", "0000")]
        kept += [folder / (file_name(like, MADE, "reset", "0000") + ".part")]
    for file in (*kept, *gone):
        file.touch()
    remove_parts(paths, PROFILE)
    assert [file for file in (*kept, *gone) if file.exists()] == kept


def test_what_is_being_written_is_no_leaving(tmp_path: Path) -> None:
    paths = Paths.below(tmp_path)
    folder = backup_folder(paths, PROFILE)
    parts = [folder / file_name(PROFILE, MADE, "backup", token, "dir.part") for token in ("0a0a", "0b0b")]
    for each in parts:
        each.mkdir(parents=True)
    with at_work(parts[0]):
        remove_parts(paths, PROFILE)
        assert list(folder.iterdir()) == parts[:1]
    remove_parts(paths, PROFILE)
    assert list(folder.iterdir()) == []


def test_a_folder_is_known_by_all_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "one.dir.part"
    folder.mkdir()
    (folder / "toc.dat").write_bytes(b"toc")
    (folder / "1.dat.gz").write_bytes(b"rows")
    before = checksum(folder, TaskContext())
    file = keep_part(folder)
    assert file == tmp_path / "one.dir"
    record = replace(record_of(tmp_path / "one.dir" / "toc.dat"), file=file.name, size_bytes=7, sha256=before)
    write_record(record, tmp_path)
    assert is_whole(file, record, TaskContext())
    (file / "1.dat.gz").write_bytes(b"rowz")
    assert not is_whole(file, record, TaskContext())
    (file / "1.dat.gz").rename(file / "2.dat.gz")
    (file / "2.dat.gz").write_bytes(b"rows")
    assert not is_whole(file, record, TaskContext())


def test_a_folder_is_never_put_over_another(tmp_path: Path) -> None:
    for name in ("a.dir.part", "a.dir"):
        (tmp_path / name).mkdir()
    with pytest.raises(FileExistsError):
        keep_part(tmp_path / "a.dir.part")
    assert (tmp_path / "a.dir.part").is_dir()
