"""Backups that lie in a folder without a database having been dumped: what the library, the rule and copies see."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nexus_studio.core.admin.backupfiles import BackupRecord, server_of
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import checksum, size_of, write_record
from nexus_studio.services.backups.zstd import ZstdCompressor

SHOP = ConnectionProfile("prod", host="db", database="shop")
MADE_AT = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)

PLAIN = b"--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 16.4\n" + b"SELECT 1;\n" * 900
TAR = b"toc.dat\0".ljust(257, b"\0") + b"ustar  \0" + bytes(500)


def plant(
    folder: Path, name: str = "shop.dump", content: bytes | dict[str, bytes] = b"PGDMP\x01rows", **more: Any
) -> tuple[Path, BackupRecord]:
    """Write a backup with its sidecar: a file, or a folder of files. `more` are fields of its record."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    if isinstance(content, dict):
        file.mkdir()
        for inner, data in content.items():
            (file / inner).write_bytes(data)
        more = {"format": "directory", **more}
    else:
        file.write_bytes(content)
    values: dict[str, Any] = {
        "server": server_of(SHOP),
        "database": SHOP.database,
        "made_at": MADE_AT,
        "size_bytes": size_of(file),
        "sha256": checksum(file, TaskContext.for_test()),
        "tool": "pg_dump 16.4",
        **more,
    }
    record = BackupRecord(file=name, **values)
    write_record(record, folder)
    return file, record


def plant_days(folder: Path, profile: ConnectionProfile, *, days: int) -> None:
    """Write a backup of a database for each of some days, by the names "day0.dump" (the newest), and so on."""
    for number in range(days):
        made_at = MADE_AT - timedelta(days=number)
        plant(folder, f"day{number}.dump", server=server_of(profile), database=profile.database, made_at=made_at)


def foreign_files(folder: Path) -> dict[str, str]:
    """Write a dump of each kind that somebody else has made, and what is none. Names with their kinds, "" for none."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app_dir").mkdir()
    files = {
        "nightly.backup": (b"PGDMP\x01\x0e\x00", "custom"),
        "app.tar": (TAR, "tar"),
        "app.sql": (PLAIN, "plain"),
        "app.sql.gz": (gzip.compress(PLAIN), "plain+gzip"),
        "app.sql.zst": (ZstdCompressor().compress(PLAIN, ZstdCompressor.FLUSH_FRAME), "plain+zstd"),
        "app.dump.age": (b"age-encryption.org/v1\n-> X25519 x\n", "encrypted"),
        "app.sql.gpg": (b"\x85\x01\x0c\x03" + bytes(64), "encrypted"),
        "app_dir/toc.dat": (b"PGDMP\x01\x0e\x00", ""),
        "app_dir/3001.dat.gz": (gzip.compress(PLAIN), ""),
        "query.sql": (b"SELECT 'not a dump';\n", ""),
        "photo.gz": (gzip.compress(b"x" * 9000), ""),
        "broken.gz": (b"\x1f\x8b\x08broken", ""),
        "broken.zst": (b"\x28\xb5\x2f\xfdbroken", ""),
        "letter.age": (b"age-encryption.org/v1\n-> X25519 x\n", ""),
        "notes.txt": (b"PostgreSQL", ""),
        "empty": (b"", ""),
        "half.dump.part": (b"PGDMP\x01\x0e\x00", ""),
    }
    for name, (data, _) in files.items():
        (folder / name).write_bytes(data)
    return {name: kind for name, (_, kind) in files.items()} | {"app_dir": "directory"}


def sha256(data: bytes) -> str:
    """Return a checksum in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
