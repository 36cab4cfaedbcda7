"""Looking at files: what they are and hold, whether they are whole, what the server lacks of what they need."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.errors import BackupDamaged, BackupFailed, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services.backupfiles import checksum, size_of, write_record
from nexus_studio.services.backups.archives import look
from nexus_studio.services.backups.zstd import CompressionParameter, ZstdCompressor
from nexus_studio.services.session import Session
from tests.integration.services.backups.dumps import ITEMS, SHOP, dump, fill, program

CTX = TaskContext.for_test()
TABLES = {ITEMS, *(RelationName("public", name) for name in ("orders", "parts", "parts_1", "parts_2"))}


@pytest.fixture
def files(pg_url: str, tmp_path: Path) -> dict[str, Path]:
    """The same database in all kinds."""
    fill(pg_url, SHOP)
    plain = dump(pg_url, tmp_path / "x.sql")
    packed, zipped = tmp_path / "x.sql.gz", tmp_path / "x.sql.zst"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    compressor = ZstdCompressor(
        options={CompressionParameter.checksum_flag: 1}
    )  # with a checksum, as the program zstd writes it
    zipped.write_bytes(compressor.compress(plain.read_bytes()) + compressor.flush())
    return {
        "custom": dump(pg_url, tmp_path / "x.dump", "--format=custom"),
        "directory": dump(pg_url, tmp_path / "x.dir", "--format=directory"),
        "tar": dump(pg_url, tmp_path / "x.tar", "--format=tar"),
        "plain": plain,
        "plain+gzip": packed,
        "plain+zstd": zipped,
    }


def record_of(file: Path, **more: object) -> BackupRecord:
    values: dict[str, object] = {
        "file": file.name, "server": "localhost:5432", "database": "shop", "made_at": datetime(2026, 1, 2, tzinfo=UTC),
        "size_bytes": size_of(file), "sha256": checksum(file, CTX), "tool": "pg_dump 18.4", "revision": "a1",
    }  # fmt: skip
    return BackupRecord(**{**values, **more})  # type: ignore[arg-type]


def refusal(file: Path, *, verifies: bool = True) -> StudioError:
    with pytest.raises((BackupDamaged, BackupFailed)) as refused:
        look(file, CTX, verifies=verifies)
    assert refused.value.facts["file"] == str(file)
    return refused.value


def test_each_kind_says_what_it_holds(files: dict[str, Path], session: Session, pg_url: str) -> None:
    for kind, file in files.items():
        found = look(file, CTX, session=session)
        assert found.kind is ArchiveKind(kind)
        assert set(found.tables) == TABLES, kind
        assert found.schemas == ("public", "the shop")
        assert found.large_objects
        assert found.encoding == "UTF8"
        assert found.server_version.split(".")[0] == str(session.server.version_num // 10000)
        assert found.tool.startswith("pg_dump 18")
        assert found.roles == ("postgres",)
        assert (found.missing_roles, found.missing_extensions) == ((), ())
        newer = ("archive.newer_tool",) if session.server.version_num < 180000 else ()
        assert found.warnings == ("archive.unverified", *newer)
        assert found.size_bytes == size_of(file)
        if found.kind.is_archive:
            assert found.database == session.server.database
            assert found.made_at is not None
        if found.kind.takes_jobs:
            assert {each.schema for each in found.items if each.size_bytes} >= {"public", "the shop"}


def test_the_beginning_says_as_much_where_that_is_enough(files: dict[str, Path]) -> None:
    for kind, file in files.items():
        found = look(file, CTX, verifies=False)
        assert (found.kind, found.tool.split()[0]) == (ArchiveKind(kind), "pg_dump")


def test_a_file_that_ends_too_early_is_named(files: dict[str, Path]) -> None:
    for kind, file in files.items():
        if kind == "directory":
            for each in sorted(file.glob("*.gz")):
                whole = each.read_bytes()
                each.write_bytes(whole[:-10])
                assert refusal(file).code == "backup.truncated", each.name
                each.unlink()
                assert refusal(file).code == "backup.truncated", each.name
                each.write_bytes(whole)
            look(file, CTX)
            continue
        whole = file.read_bytes()
        end = {"tar": 5000, "plain": 200}.get(kind, 40)  # what is behind that is not missed
        for size in (len(whole) - end, len(whole) // 2, 6000):
            file.write_bytes(whole[:size])
            assert refusal(file).code == "backup.truncated", (kind, size)


def test_an_uncompressed_folder_is_read_to_its_ends_too(pg_url: str, tmp_path: Path) -> None:
    fill(pg_url, SHOP)
    folder = dump(pg_url, tmp_path / "x", "--format=directory", "--compress=0")
    look(folder, CTX)
    rows = max(
        (each for each in folder.glob("*.dat") if not each.name.startswith("blob")), key=lambda e: e.stat().st_size
    )
    rows.write_bytes(rows.read_bytes()[:-100])
    assert refusal(folder).code == "backup.truncated"


def test_a_file_with_another_byte_is_named_where_it_is_compressed(files: dict[str, Path]) -> None:
    for kind in ("custom", "plain+gzip", "plain+zstd"):
        whole = bytearray(files[kind].read_bytes())
        place = len(whole) * 2 // 3
        whole[place] ^= 0x10
        files[kind].write_bytes(whole)
        assert refusal(files[kind]).code in {"backup.altered", "backup.truncated"}, kind


def test_the_sidecar_tells_any_other_byte(files: dict[str, Path]) -> None:
    for kind, file in files.items():
        write_record(record_of(file), file.parent)
        found = look(file, CTX)
        assert (found.warnings, found.revision, found.database) == ((), "a1", found.database), kind
        assert found.record is not None
        assert found.made_at == datetime(2026, 1, 2, tzinfo=UTC)
        victim = max(file.iterdir(), key=lambda each: each.stat().st_size) if file.is_dir() else file
        whole = victim.read_bytes()
        for place in (len(whole) // 3, len(whole) - 1):
            victim.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            assert refusal(file).code == "backup.altered", kind
        victim.write_bytes(whole[:-1])
        assert refusal(file).code == "backup.truncated"
        victim.write_bytes(whole + b"\n")
        assert refusal(file).code == "backup.altered"


def test_a_sidecar_of_another_file_says_nothing(files: dict[str, Path]) -> None:
    file = files["custom"]
    write_record(record_of(file), file.parent)
    other = file.with_name("renamed.dump")
    shutil.copy(file, other)
    shutil.copy(file.with_name("x.dump.json"), other.with_name("renamed.dump.json"))
    assert look(other, CTX).record is None
    assert "archive.unverified" in look(other, CTX).warnings


def test_what_is_no_dump_is_said(tmp_path: Path, files: dict[str, Path]) -> None:
    for name, content in {
        "a text": b"Dear diary,\n" * 1000,
        "a script": b"SELECT 1;\n",
        "nothing": b"",
        "zeros": bytes(10_000),
        "a text.gz": gzip.compress(b"Dear diary"),
        "an archive.gz": gzip.compress(files["custom"].read_bytes()),
        "utf-16.sql": files["plain"].read_text().encode("utf-16"),
    }.items():
        (tmp_path / name).write_bytes(content)
        for verifies in (True, False):
            assert refusal(tmp_path / name, verifies=verifies).code == "backup.no_dump", name
    assert refusal(tmp_path).code == "backup.no_dump"  # some folder
    assert refusal(tmp_path / "nowhere").code == "backup.unreadable"


def test_what_is_encrypted_is_only_known_as_that(tmp_path: Path) -> None:
    file = tmp_path / "x.dump.age"
    file.write_bytes(b"age-encryption.org/v1\n-> X25519 abc\n")
    found = look(file, CTX)
    assert (found.kind, found.items, found.tables) == (ArchiveKind.ENCRYPTED, (), ())


def test_a_dump_of_a_whole_server_is_known(pg_url: str, tmp_path: Path) -> None:
    file = tmp_path / "all.sql"
    subprocess.run((program("pg_dumpall"), f"--dbname={pg_url}", "--globals-only", f"--file={file}"), check=True)
    found = look(file, CTX)
    assert "archive.cluster" in found.warnings
    assert found.refused_for[0].split()[0] in {"CREATE", "ALTER"}


def test_a_format_that_nobody_knows_yet_is_said(files: dict[str, Path]) -> None:
    file = files["custom"]
    whole = bytearray(file.read_bytes())
    whole[6] = 99
    file.write_bytes(whole)
    with pytest.raises(StudioError) as refused:
        look(file, CTX)
    assert refused.value.code == "tool.missing"
    assert look(file, CTX, verifies=False).warnings == ("archive.unverified", "archive.newer_format")


def test_looking_can_be_cancelled_and_says_how_far_it_is(files: dict[str, Path]) -> None:
    for kind in ("plain", "plain+gzip"):
        seen: list[Progress] = []
        look(files[kind], TaskContext(on_progress=seen.append))
        assert {each.step for each in seen} == {"backup.checking"}
        assert seen[-1].done == seen[-1].total == files[kind].stat().st_size
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            look(files[kind], TaskContext(token))


def test_nothing_is_run_on_the_server_that_it_is_looked_at_for(files: dict[str, Path], session: Session) -> None:
    """The session may only read, and that is enough."""
    session.profile = replace(session.profile, read_only=True)
    for file in files.values():
        look(file, CTX, session=session)
