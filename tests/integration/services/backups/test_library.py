"""The library: ours with their standing, dumps of others recognised, all else passed over, what can't be read named."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.backups import Proof
from nexus_studio.core.admin.retention import LibraryEntry, Standing
from nexus_studio.core.errors import BackupFailed
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.backupfiles import backup_folder, backup_root, write_record
from nexus_studio.services.backups import library
from nexus_studio.services.paths import Paths
from tests.support.planted_backups import MADE_AT, SHOP, foreign_files, plant

CTX = TaskContext.for_test()
PROOF = Proof(MADE_AT, "embedded", "16.4", 1.0, 3)


@pytest.fixture
def paths() -> Paths:
    return Paths.default()


def standings(found: tuple[LibraryEntry, ...]) -> dict[str, Standing]:
    return {each.file.name: each.standing for each in found}


def test_without_any_folder_there_is_nothing(paths: Paths) -> None:
    assert library.listing(paths, None, CTX) == library.Listing(())
    assert library.folders(paths) == (backup_root(paths),)


def test_ours_stand_as_their_sidecars_and_sizes_say(paths: Paths) -> None:
    folder = backup_folder(paths, SHOP)
    plant(folder, "unproven.dump")
    plant(folder, "proven.dump", proven_at=MADE_AT, proof=PROOF, revision="a1,b2")
    plant(folder, "refuted.dump", proven_at=MADE_AT, proof=replace(PROOF, problems=("relation x does not exist",)))
    altered, _ = plant(folder, "altered.dump", proven_at=MADE_AT)
    altered.write_bytes(b"PGDMP")
    gone, _ = plant(folder, "gone.dump")
    gone.unlink()
    plant(folder, "folder.dir", {"toc.dat": b"PGDMP\x01", "1.dat": b"rows"}, proven_at=MADE_AT)
    torn, _ = plant(folder, "torn.dir", {"toc.dat": b"PGDMP\x01", "1.dat": b"rows"})
    (torn / "1.dat").unlink()
    plant(folder, "plain.sql.gz", b"\x1f\x8b\x08", format="plain", compression="gzip")
    plant(folder, "secret.dump.age", b"age", encrypted="age")
    found = library.entries(paths, None, CTX)
    assert standings(found) == {
        "unproven.dump": Standing.UNPROVEN,
        "proven.dump": Standing.PROVEN,
        "refuted.dump": Standing.NOT_PROVEN,
        "altered.dump": Standing.ALTERED,
        "gone.dump": Standing.GONE,
        "folder.dir": Standing.PROVEN,
        "torn.dir": Standing.ALTERED,
        "plain.sql.gz": Standing.UNPROVEN,
        "secret.dump.age": Standing.UNPROVEN,
    }
    by_name = {each.file.name: each for each in found}
    assert by_name["proven.dump"].revision == "a1,b2"
    assert by_name["folder.dir"].size_bytes == 10
    assert by_name["gone.dump"].size_bytes == 0
    kinds = {name: by_name[name].kind for name in ("folder.dir", "plain.sql.gz", "secret.dump.age", "gone.dump")}
    assert list(kinds.values()) == [
        ArchiveKind.DIRECTORY, ArchiveKind.PLAIN_GZIP, ArchiveKind.ENCRYPTED, ArchiveKind.CUSTOM,
    ]  # fmt: skip


def test_dumps_of_others_are_recognised_and_other_files_are_not(paths: Paths, tmp_path: Path) -> None:
    kinds = {name: kind for name, kind in foreign_files(tmp_path / "theirs").items() if kind}
    library.add_folder(paths, tmp_path / "theirs")
    found = library.listing(paths, None, CTX)
    assert {each.file.name: each.kind.value for each in found.entries} == kinds
    assert {each.standing for each in found.entries} == {Standing.FOREIGN}
    assert all(each.is_foreign and each.record is None for each in found.entries)
    assert found.unreadable == ()


def test_a_foreign_one_is_as_old_as_it_was_written(paths: Paths, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "x.dump").write_bytes(b"PGDMP\x01")
    os.utime(folder / "x.dump", (1_700_000_000, 1_700_000_000))
    (found,) = library.entries(paths, [folder], CTX)
    assert (found.made_at.timestamp(), found.size_bytes) == (1_700_000_000, 6)


def test_a_foreign_one_with_a_proof_stays_foreign(paths: Paths) -> None:
    plant(backup_root(paths), "theirs.dump", server="", database="", reason="foreign", proven_at=MADE_AT)
    (found,) = library.entries(paths, None, CTX, SHOP)
    assert found.is_foreign
    assert found.standing is Standing.PROVEN


def test_newest_first_and_only_of_one_database(paths: Paths) -> None:
    folder = backup_folder(paths, SHOP)
    for days in (3, 1, 2):
        plant(folder, f"{days}.dump", made_at=MADE_AT - timedelta(days=days))
    plant(folder, "other.dump", database="other")
    found = library.entries(paths, None, CTX, SHOP)
    assert [each.file.name for each in found] == ["1.dump", "2.dump", "3.dump"]
    assert len(library.entries(paths, None, CTX)) == 4


def test_a_file_of_roles_is_no_backup_of_its_own(paths: Paths) -> None:
    folder = backup_folder(paths, SHOP)
    (folder).mkdir(parents=True)
    (folder / "shop.globals.sql").write_bytes(b"--\n-- PostgreSQL database cluster dump\n--\n")
    plant(folder, "shop.dump", globals_file="shop.globals.sql")
    assert [each.file.name for each in library.entries(paths, None, CTX)] == ["shop.dump"]


def test_folders_are_added_once_and_removed(paths: Paths, tmp_path: Path) -> None:
    one, two = tmp_path / "one “é”", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    (tmp_path / "link").symlink_to(one)
    library.add_folder(paths, one)
    library.add_folder(paths, two)
    library.add_folder(paths, tmp_path / "link")
    assert library.folders(paths) == (backup_root(paths), one, two)
    assert library.remove_folder(paths, one) == (backup_root(paths), two)
    with pytest.raises(BackupFailed, match="not_a_folder_of_ours"):
        library.remove_folder(paths, backup_root(paths))
    with pytest.raises(BackupFailed, match="no_folder"):
        library.add_folder(paths, tmp_path / "three")


def test_a_folder_that_is_gone_or_closed_is_said_and_the_rest_is_listed(paths: Paths, tmp_path: Path) -> None:
    gone, closed = tmp_path / "gone", tmp_path / "closed"
    gone.mkdir()
    library.add_folder(paths, gone)
    gone.rmdir()
    plant(backup_folder(paths, SHOP))
    closed.write_text("a file is no folder")
    found = library.listing(paths, [*library.folders(paths), closed], CTX)
    assert [each.file.name for each in found.entries] == ["shop.dump"]
    assert found.unreadable == ((gone, "No such file or directory"), (closed, "Not a directory"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_said(paths: Paths, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    assert library.listing(paths, [closed], CTX).unreadable == ((closed, "Permission denied"),)


def test_overlapping_folders_and_circles_list_everything_once(paths: Paths, tmp_path: Path) -> None:
    plant(tmp_path / "a" / "b")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
    found = library.entries(paths, [tmp_path / "a", tmp_path / "a" / "b"], CTX)
    assert len(found) == 1


def test_a_pipe_is_not_read(paths: Paths, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.sql")
    assert library.entries(paths, [tmp_path], CTX) == ()


def test_a_sidecar_that_points_elsewhere_is_no_sidecar(paths: Paths) -> None:
    folder = backup_folder(paths, SHOP)
    file, record = plant(folder)
    write_record(replace(record, file="shop.dump"), folder)
    (folder / "copy.dump.json").write_text((folder / "shop.dump.json").read_text())
    (folder / "copy.dump").write_bytes(b"PGDMP\x01")
    assert standings(library.entries(paths, None, CTX)) == {
        "shop.dump": Standing.UNPROVEN,
        "copy.dump": Standing.FOREIGN,
    }
    assert library.entry_of(folder / "copy.dump").standing is Standing.FOREIGN
    assert library.entry_of(file).record == record


def test_a_broken_file_of_settings_is_said(paths: Paths) -> None:
    paths.config.mkdir(parents=True)
    (paths.config / "backups.toml").write_text("folders = [")
    with pytest.raises(BackupFailed, match="settings_broken"):
        library.listing(paths, None, CTX)


def test_what_a_newer_version_wrote_into_the_settings_stays(paths: Paths, tmp_path: Path) -> None:
    paths.config.mkdir(parents=True)
    (paths.config / "backups.toml").write_text('later = 7\n[schedules.new]\nat = "99"\n')
    library.add_folder(paths, tmp_path)
    text = (paths.config / "backups.toml").read_text()
    assert "later = 7" in text
    assert '"99"' in text


def test_listing_can_be_stopped(paths: Paths) -> None:
    folder = backup_folder(paths, SHOP)
    for number in range(3):
        plant(folder, f"{number}.dump")
    token = CancelToken()
    seen: list[Progress] = []

    def hear(progress: Progress) -> None:
        seen.append(progress)
        token.cancel()

    with pytest.raises(Cancelled):
        library.listing(paths, None, TaskContext(token, hear))
    assert seen == [Progress("backup.listing", 1, None, "files")]
