"""Sidecars that are broken or lie: none of them takes the library, or another file, with it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.backupfiles import BackupRecord, sidecar_text
from nexus_studio.core.admin.retention import LibraryEntry, PrunePlan, Standing
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import read_record, write_record
from nexus_studio.services.backups.library import listing
from nexus_studio.services.backups.retention import prune
from nexus_studio.services.paths import Paths

CTX = TaskContext.for_test()
GOOD = BackupRecord("x.dump", "db:5432", "shop", datetime(2026, 1, 1, tzinfo=UTC), 4, "", "pg_dump 16.4")


def said(**other: Any) -> str:
    return json.dumps({**json.loads(sidecar_text(GOOD)), **other})


BROKEN = {
    "nested": "[" * 200_000,
    "early": said(made_at="0001-01-01T00:00:00+14:00"),
    "late": said(made_at="9999-12-31T23:59:59-14:00"),
    "proven early": said(proven_at="0001-01-01T00:00:00+14:00"),
    "endless": said(size_bytes=1e999),
    "many rows": said(states=[{"schema": "a", "table": "b", "rows": 1e999, "checksum": None}]),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_broken_sidecar_is_none_and_the_library_is_listed(tmp_path: Path, name: str) -> None:
    (tmp_path / "good.dump").write_bytes(b"PGDMP")
    (tmp_path / "x.dump").write_bytes(b"PGDM")
    (tmp_path / "x.dump.json").write_text(BROKEN[name])
    found = listing(Paths.below(tmp_path / "home"), [tmp_path], CTX)
    assert [each.file.name for each in found.entries] == ["good.dump"]
    assert read_record(tmp_path / "x.dump.json") is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_what_never_ends_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.dump.json")
    os.mkfifo(tmp_path / "y.dump")
    folder = tmp_path / "z.dir"
    folder.mkdir()
    os.mkfifo(folder / "toc.dat")
    assert listing(Paths.below(tmp_path / "home"), [tmp_path], CTX).entries == ()


def test_no_other_file_is_deleted_because_a_sidecar_names_it(tmp_path: Path) -> None:
    for name in ("x.dump", "needed.dump", "x.dump.globals.sql"):
        (tmp_path / name).write_bytes(b"PGDM")
    for lie in ("needed.dump", ".."):
        file = tmp_path / "x.dump"
        file.write_bytes(b"PGDM")
        record = BackupRecord(**{**{name: getattr(GOOD, name) for name in GOOD.__slots__}, "globals_file": lie})
        write_record(record, tmp_path)
        entry = LibraryEntry(file, record, ArchiveKind.CUSTOM, 4, record.made_at, Standing.UNPROVEN)
        assert prune(PrunePlan((), (entry,), 4), CTX).removed == (file,)
        assert (tmp_path / "needed.dump").exists()
