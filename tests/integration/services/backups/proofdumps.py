"""Dumps for tests, with their sidecars, made by pg_dump alone: what is proven does not depend on what makes backups."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord, read_sidecar, server_of
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import checksum, size_of, write_record
from nexus_studio.services.backups.choosing import chosen_dump
from nexus_studio.services.backups.snapshot import states
from nexus_studio.services.session import Session
from nexus_studio.services.tools import conninfo_of

CTX = TaskContext.for_test()

FORMATS = {
    ArchiveKind.CUSTOM: ("x.dump", ["--format=custom"]),
    ArchiveKind.DIRECTORY: ("x.dir", ["--format=directory", "--jobs=2"]),
    ArchiveKind.TAR: ("x.tar", ["--format=tar"]),
    ArchiveKind.PLAIN: ("x.sql", ["--format=plain"]),
    ArchiveKind.PLAIN_GZIP: ("x.sql.gz", ["--format=plain"]),
    ArchiveKind.PLAIN_ZSTD: ("x.sql.zst", ["--format=plain"]),
}


def dump(session: Session, folder: Path, kind: ArchiveKind = ArchiveKind.CUSTOM, *options: str) -> Path:
    """Dump a database; there is no sidecar."""
    name, arguments = FORMATS[kind]
    file = folder / name
    program = chosen_dump(session.server.version_num).path
    written = file.with_suffix("") if kind in {ArchiveKind.PLAIN_GZIP, ArchiveKind.PLAIN_ZSTD} else file
    where = f"--dbname={conninfo_of(session.profile)}"
    subprocess.run((program, *arguments, *options, f"--file={written}", where), check=True, capture_output=True)
    if kind is ArchiveKind.PLAIN_GZIP:
        subprocess.run(("gzip", written), check=True)
    elif kind is ArchiveKind.PLAIN_ZSTD:
        subprocess.run(("zstd", "--quiet", "--rm", written), check=True)
    return file


def describe(session: Session, file: Path, *, has_states: bool = True) -> BackupRecord:
    """Write the sidecar that a dump of a database as it is now has."""
    with session.alone(CTX) as driver:
        found = states(driver, CTX) if has_states else None
    record = BackupRecord(
        file=file.name,
        server=server_of(session.profile),
        database=session.server.database,
        made_at=datetime.now(UTC),
        size_bytes=size_of(file),
        sha256=checksum(file, CTX),
        tool="pg_dump",
        server_version=session.server.version,
        states=found,
    )
    write_record(record, file.parent)
    return record


def sidecar(file: Path) -> BackupRecord:
    """Read what is said of a file."""
    return read_sidecar(file.with_name(file.name + SUFFIX).read_text(encoding="utf-8"))


def vouch(file: Path) -> None:
    """Have the sidecar vouch for the file as it is now, whatever was done to it."""
    write_record(replace(sidecar(file), size_bytes=size_of(file), sha256=checksum(file, CTX)), file.parent)
