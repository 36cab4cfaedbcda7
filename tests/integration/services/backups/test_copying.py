"""Copies: to a folder and through fsspec (its local and its memory file system); compared, and never half."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import fsspec  # type: ignore[import-untyped]
import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped]

from nexus_studio.core.errors import BackupDamaged, BackupFailed
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.backupfiles import read_record, write_record
from nexus_studio.services.backups import library
from nexus_studio.services.backups.copying import copy
from nexus_studio.services.paths import Paths
from tests.support.planted_backups import plant

CTX = TaskContext.for_test()
DIRECTORY = {"toc.dat": b"PGDMP\x01", "1.dat.gz": b"rows" * 1000, "2.dat.gz": b""}
BIG = b"PGDMP" + bytes(range(256)) * 12_000  # three chunks


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    found = fsspec.filesystem("memory")
    found.store.clear()
    found.pseudo_dirs[:] = [""]
    yield found
    found.store.clear()
    found.pseudo_dirs[:] = [""]


@pytest.fixture(params=["folder", "file://", "memory://"])
def to(request: pytest.FixtureRequest, tmp_path: Path, memory: MemoryFileSystem) -> str:
    there = tmp_path / "copies “é” 50%"
    there.mkdir()
    return {"folder": str(there), "file://": f"file://{there}", "memory://": "memory://bucket/my backups"}[
        request.param
    ]


def everything(to: str) -> dict[str, bytes]:
    """Return all files at a place, by their names there."""
    if "://" not in to:
        return {str(each.relative_to(to)): each.read_bytes() for each in Path(to).rglob("*") if each.is_file()}
    fs, root = fsspec.url_to_fs(to)
    return {name[len(root) :].lstrip("/"): fs.cat_file(name) for name in fs.find(root)}


def test_a_copy_has_all_that_belongs_to_it_and_is_known(tmp_path: Path, to: str) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "shop.globals.sql").write_text("-- roles")
    file, record = plant(tmp_path / "b", content=BIG, globals_file="shop.globals.sql")
    made = copy(file, to, CTX)
    assert made.where == f"{to}/shop.dump"
    found = everything(to)
    assert sorted(found) == ["shop.dump", "shop.dump.json", "shop.globals.sql"]
    assert found["shop.dump"] == BIG
    assert made.record == replace(record, copies=(made.where,))
    assert read_record(file.with_name("shop.dump.json")) == made.record
    assert made.size_bytes == len(BIG)


def test_a_folder_is_copied_with_all_its_files(tmp_path: Path, to: str) -> None:
    file, _ = plant(tmp_path / "b", "shop.dir", DIRECTORY)
    copy(file, to, CTX)
    found = everything(to)
    assert {name: data for name, data in found.items() if "/" in name} == {
        f"shop.dir/{name}": data for name, data in DIRECTORY.items()
    }
    assert not any("part" in name for name in found)


def test_a_second_time_it_is_only_read_again(tmp_path: Path, to: str) -> None:
    for name, content in (("shop.dump", BIG), ("shop.dir", DIRECTORY)):
        file, _ = plant(tmp_path / "b", name, content)
        copy(file, to, CTX)
        steps: set[str] = set()
        made = copy(file, to, TaskContext(on_progress=lambda progress, steps=steps: steps.add(progress.step)))  # type: ignore[misc]
        assert steps == {"backup.copy_checking"}
        assert made.record is not None
        assert made.record.copies == (f"{to}/{name}",)


@pytest.mark.parametrize("what", [b"other", {"toc.dat": b"PGDMP\x01"}])
def test_what_has_the_name_there_is_not_overwritten(tmp_path: Path, to: str, what: bytes | dict[str, bytes]) -> None:
    name = "shop.dump" if isinstance(what, bytes) else "shop.dir"
    there, _ = plant(tmp_path / "other", name, what)
    copy(there, to, CTX)
    before = everything(to)
    file, _ = plant(tmp_path / "b", name, b"PGDMP" if isinstance(what, bytes) else DIRECTORY)
    with pytest.raises(BackupFailed, match="copy_exists"):
        copy(file, to, CTX)
    assert everything(to) == before
    record = read_record(file.with_name(f"{name}.json"))
    assert record is not None
    assert record.copies == ()


def test_damage_is_not_copied(tmp_path: Path, to: str) -> None:
    file, _ = plant(tmp_path / "b", content=BIG)
    file.write_bytes(BIG[:-1] + b"?")
    with pytest.raises(BackupDamaged, match="altered"):
        copy(file, to, CTX)
    assert everything(to) == {}


def test_a_foreign_one_is_copied_too(tmp_path: Path, to: str) -> None:
    (tmp_path / "theirs.dump").write_bytes(BIG)
    made = copy(tmp_path / "theirs.dump", to, CTX)
    assert made.record is None
    assert everything(to) == {"theirs.dump": BIG}
    copy(tmp_path / "theirs.dump", to, CTX)


def test_stopped_in_the_middle_nothing_is_left_there(tmp_path: Path, to: str) -> None:
    for step in ("backup.copying", "backup.copy_checking"):
        for name, content in (("shop.dump", BIG), ("shop.dir", DIRECTORY)):
            file, _ = plant(tmp_path / step / "b", name, content)
            token = CancelToken()

            def hear(progress: Progress, step: str = step, token: CancelToken = token) -> None:
                if progress.step == step:
                    token.cancel()

            with pytest.raises(Cancelled):
                copy(file, to, TaskContext(token, hear))
            assert everything(to) == {}, (step, name)


def test_what_a_killed_copy_has_left_is_in_nobodys_way(tmp_path: Path, to: str) -> None:
    file, _ = plant(tmp_path / "b", "shop.dir", DIRECTORY)
    fs, root = fsspec.url_to_fs(to)
    fs.makedirs(f"{root}/shop.dir.part", exist_ok=True)
    fs.pipe_file(f"{root}/shop.dir.part/half", b"half")
    copy(file, to, CTX)
    assert sorted(everything(to)) == ["shop.dir.json", "shop.dir/1.dat.gz", "shop.dir/2.dat.gz", "shop.dir/toc.dat"]


class _Spoiled(io.BytesIO):
    """A file that loses a bit on its way."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(size).replace(b"\x01", b"\x00")


def test_a_copy_that_is_not_what_was_written_is_none(
    tmp_path: Path, memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, record = plant(tmp_path / "b", content=BIG)
    real = cast("Callable[..., Any]", MemoryFileSystem.open)

    def spoiled(self: MemoryFileSystem, path: str, mode: str = "rb", **more: object) -> object:
        return _Spoiled(self.cat_file(path)) if mode == "rb" else real(self, path, mode, **more)

    monkeypatch.setattr(MemoryFileSystem, "open", spoiled)
    with pytest.raises(BackupFailed, match="copy_differs"):
        copy(file, "memory://bucket", CTX)
    assert everything("memory://bucket") == {}
    assert read_record(file.with_name("shop.dump.json")) == record


def test_where_files_are_whole_at_once_nothing_is_renamed(
    tmp_path: Path, memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryFileSystem, "protocol", ("s3", "s3a"))
    monkeypatch.setattr(MemoryFileSystem, "mv", None)
    for name, content in (("shop.dump", BIG), ("shop.dir", DIRECTORY)):
        file, _ = plant(tmp_path / "b", name, content)
        copy(file, "memory://bucket", CTX)
    assert len(everything("memory://bucket")) == 6


def test_a_place_that_fails_says_so_without_what_was_signed(
    tmp_path: Path, memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = plant(tmp_path / "b")

    def refuse(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("403 for https://bucket/x?X-Amz-Signature=abcdef\nand more")

    monkeypatch.setattr(MemoryFileSystem, "open", refuse)
    with pytest.raises(BackupFailed) as caught:
        copy(file, "memory://bucket", CTX)
    assert (caught.value.code, caught.value.facts) == ("backup.copy_failed", {"words": "403 for https://bucket/x?…"})


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("ftp://me:secret@host/x", "backup.copy_secret"),
        ("zip://x::ftp://me:secret@host/x", "backup.copy_secret"),
        ("https://host/x?X-Amz-Signature=abc", "backup.copy_secret"),
        ("s3://bucket/x?aws_secret_access_key=abc", "backup.copy_secret"),
        ("nosuch://x", "backup.copy_place"),
        ("ftp://[x", "backup.copy_place"),
        ("", "backup.no_folder"),
        ("/no/such/folder", "backup.no_folder"),
    ],
)
def test_an_address_that_holds_a_secret_or_leads_nowhere_is_refused(tmp_path: Path, to: str, code: str) -> None:
    file, record = plant(tmp_path / "b")
    with pytest.raises(BackupFailed) as caught:
        copy(file, to, CTX)
    assert caught.value.code == code
    assert "secret" not in str(caught.value.facts)
    assert read_record(file.with_name("shop.dump.json")) == record


def test_what_is_to_be_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, _ = plant(tmp_path / "b")
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(BackupFailed) as caught:
        copy(file, "s3://bucket/x", CTX)
    assert (caught.value.code, caught.value.facts) == ("backup.copy_extra", {"module": "s3fs"})
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(BackupFailed) as caught:
        copy(file, "memory://bucket", CTX)
    assert caught.value.code == "backup.copy_extra"


def test_a_folder_needs_no_fsspec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    (tmp_path / "there").mkdir()
    file, _ = plant(tmp_path / "b")
    assert copy(file, str(tmp_path / "there"), CTX).where == str(tmp_path / "there" / "shop.dump")


def test_a_backup_is_not_copied_onto_itself(tmp_path: Path) -> None:
    file, _ = plant(tmp_path / "b")
    (tmp_path / "link").symlink_to(tmp_path / "b")
    for to in (tmp_path / "b", tmp_path / "link"):
        with pytest.raises(BackupFailed, match="copy_here"):
            copy(file, str(to), CTX)


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    there = tmp_path / "there"
    there.mkdir()
    file, _ = plant(tmp_path / "b", content=BIG)
    (there / "shop.dump.part").symlink_to(full)
    from nexus_studio.services.backups import copyplaces  # noqa: PLC0415

    monkeypatch.setattr(copyplaces._Folder, "remove", lambda _self, name: None)  # the link stays
    with pytest.raises(BackupFailed) as caught:
        copy(file, str(there), CTX)
    assert caught.value.facts == {"words": "No space left on device"}


def test_a_copy_in_a_folder_of_the_library_is_a_backup_like_any_other(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    file, record = plant(tmp_path / "b", "shop.dir", DIRECTORY, proven_at=None)
    copy(file, str(there), CTX)
    (found,) = library.entries(Paths.default(), [there], CTX)
    assert found.record == record
    assert found.size_bytes == record.size_bytes


def test_a_sidecar_written_meanwhile_is_not_overwritten(tmp_path: Path, to: str) -> None:
    file, record = plant(tmp_path / "b", content=BIG)
    proven = replace(record, proven_at=record.made_at)

    def hear(progress: Progress) -> None:
        if progress.step == "backup.copy_checking":
            write_record(proven, file.parent)

    made = copy(file, to, TaskContext(on_progress=hear))
    assert made.record == replace(proven, copies=(made.where,))
