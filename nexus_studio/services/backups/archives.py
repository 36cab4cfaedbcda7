"""Looking at a file before anything is done with it: its kind, whether it is whole, what it holds and what it needs.

A file is read, nothing of it is run, and the live server is only asked which extensions and roles it has.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import text

from nexus_studio.core.admin.archiveroles import roles_named
from nexus_studio.core.admin.archives import ArchiveItem, ArchiveKind, ArchivePreview
from nexus_studio.core.admin.archivetoc import Toc, TocEntry, UnknownFormat, quoted
from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord
from nexus_studio.core.errors import BackupDamaged, ToolMissing
from nexus_studio.core.names import RelationName
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.backupfiles import checksum, read_record, size_of
from nexus_studio.services.backups.archivefiles import (
    items_of,
    kind_of,
    major_of,
    readable,
    require_end,
    restore_program,
    toc_of,
)
from nexus_studio.services.backups.knowntext import has_large_objects, items_said, says_enough, stamp_of
from nexus_studio.services.backups.members import check_members
from nexus_studio.services.backups.plaintext import head, survey
from nexus_studio.services.session import Session
from nexus_studio.services.tools import run_tool

_ROWS: Final = "TABLE DATA"
_BLOBS: Final = frozenset({"BLOB", "BLOBS", "BLOB METADATA"})
_NAMES_ROLES: Final = frozenset({"ACL", "DEFAULT ACL", "POLICY", "USER MAPPING"})
_EXTENSIONS: Final = text("SELECT name FROM pg_catalog.pg_available_extensions")
_ROLES: Final = text("SELECT rolname FROM pg_catalog.pg_roles")


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file says itself."""

    items: tuple[ArchiveItem, ...] = ()
    roles: tuple[str, ...] = ()
    made_at: datetime | None = None
    database: str = ""
    server_version: str = ""
    tool: str = ""
    encoding: str = ""
    large_objects: bool = False
    warnings: tuple[str, ...] = ()
    refused_for: tuple[str, ...] = ()
    is_brief: bool = False


def look(
    file: Path, ctx: TaskContext, *, session: Session | None = None, verifies: bool = True, is_brief: bool = False
) -> ArchivePreview:
    """Say what a file is and holds. Progress step "backup.checking" in bytes of the file.

    Args:
        file: A dump, or the folder of one.
        ctx: Cancelling stops it.
        session: On the server where it may be restored: what it lacks there is said.
        verifies: Read all of it: what the sidecar says is compared, and without one the file's own structure tells
            whether it ends where it should. Else it is only looked at how it begins.
        is_brief: Of SQL text whose checksum is the sidecar's, take from the sidecar what it holds, as far as that knows
            (`knowntext`): unpacking it takes a good part of the time that restoring it takes. `items` are few then.

    Raises:
        BackupDamaged: "backup.no_dump", "backup.truncated", "backup.altered" (facts file, words).
        BackupFailed: "backup.unreadable" (facts file, words).
        ToolMissing: no pg_restore is new enough for it.
    """
    with readable(file):
        require_end(file)
        kind, size = kind_of(file), size_of(file)
        stamp = stamp_of(file) if verifies else ""
    record = read_record(file.with_name(file.name + SUFFIX))
    if record is not None and record.file != file.name:
        record = None
    if verifies and record is not None:
        _compare(file, size, record, ctx)
    if kind is ArchiveKind.UNKNOWN:
        raise BackupDamaged("backup.no_dump", file=str(file))
    if kind is ArchiveKind.ENCRYPTED:
        found = _Found()
    elif kind.is_plain:
        if is_brief and verifies and record is not None and says_enough(record):
            found = _known(file, kind, record)
        else:
            found = _plain(file, kind, size, ctx, verifies=verifies)
    else:
        found = _archive(file, kind, ctx, is_known=record is not None, verifies=verifies)
    preview = replace(_preview(file, kind, size, record, found), stamp=stamp)
    return preview if session is None else on_server(preview, session, ctx)


def _compare(file: Path, size: int, record: BackupRecord, ctx: TaskContext) -> None:
    """Compare a file with what was written."""
    if size < record.size_bytes:
        raise BackupDamaged("backup.truncated", file=str(file))
    with readable(file):
        if size != record.size_bytes or checksum(file, ctx) != record.sha256:
            raise BackupDamaged("backup.altered", file=str(file))


def _plain(file: Path, kind: ArchiveKind, size: int, ctx: TaskContext, *, verifies: bool) -> _Found:
    done = 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        ctx.report(Progress("backup.checking", done, size, "bytes"))

    found = survey(file, kind, read) if verifies else head(file, kind)
    return _Found(
        items=tuple(found.items),
        roles=tuple(found.roles),
        server_version=found.server_version,
        tool=found.tool,
        encoding=found.encoding,
        large_objects=found.has_large_objects,
        warnings=found.warnings,
        refused_for=(found.named,) if found.refused else (),
    )


def _known(file: Path, kind: ArchiveKind, record: BackupRecord) -> _Found:
    """Return what the sidecar of SQL text that is whole and its first lines say."""
    said = head(file, kind)
    return _Found(
        items=items_said(record),
        roles=record.roles or (),
        server_version=said.server_version,
        tool=said.tool,
        encoding=said.encoding,
        large_objects=has_large_objects(record),
        is_brief=True,
    )


def _archive(file: Path, kind: ArchiveKind, ctx: TaskContext, *, is_known: bool, verifies: bool) -> _Found:
    try:
        toc = toc_of(file, kind)
    except UnknownFormat:
        toc = None
    if verifies:
        ctx.report(Progress("backup.checking"))
        if toc is not None and kind is ArchiveKind.DIRECTORY and not is_known:
            check_members(file, toc, ctx)
            is_known = True
        _check(file, toc, ctx, is_known=is_known)
    if toc is None:
        return _Found(warnings=("archive.newer_format",))
    return _Found(
        items=items_of(toc, file, kind),
        roles=tuple(dict.fromkeys(_roles(toc.entries))),
        made_at=toc.made_at,
        database=toc.database,
        server_version=toc.server_version,
        tool=f"pg_dump {toc.tool_version}",
        encoding=next((quoted(each.definition) for each in toc.entries if each.kind == "ENCODING"), ""),
        large_objects=any(each.kind in _BLOBS for each in toc.entries),
    )


def _check(file: Path, toc: Toc | None, ctx: TaskContext, *, is_known: bool) -> None:
    """Have pg_restore read the table of contents; of a file that is not known to be whole, all there is."""
    program = restore_program(toc)
    arguments = ["--list", str(file)] if is_known else [f"--file={os.devnull}", str(file)]
    ran = run_tool(program, arguments, ctx, environment={"LC_ALL": "C"})
    if ran.status == 0:
        return
    words = ran.words.splitlines()[0] if ran.words else ""
    if "unsupported version" in words:
        raise ToolMissing(tool="pg_restore", version=toc.readable_from if toc else "")
    code = "backup.truncated" if "end of file" in words or "No such file" in words else "backup.altered"
    raise BackupDamaged(code, file=str(file), words=words)


def _roles(entries: Iterable[TocEntry]) -> Iterator[str]:
    for each in entries:
        if each.owner:
            yield each.owner
        if each.kind in _NAMES_ROLES:
            yield from roles_named(each.definition)


def _preview(file: Path, kind: ArchiveKind, size: int, record: BackupRecord | None, found: _Found) -> ArchivePreview:
    tables = {RelationName(each.schema, each.name) for each in found.items if each.kind in {"TABLE", _ROWS}}
    if not found.items and record is not None and record.states is not None:
        tables = {each.relation for each in record.states}
    schemas = {each.name for each in found.items if each.kind == "SCHEMA"} | {each.schema for each in tables}
    return ArchivePreview(
        file=str(file),
        kind=kind,
        size_bytes=size,
        record=record,
        made_at=record.made_at if record else found.made_at,
        database=found.database or (record.database if record else ""),
        server_version=found.server_version or (record.server_version if record else ""),
        tool=found.tool or (record.tool if record else ""),
        encoding=found.encoding,
        items=found.items,
        schemas=tuple(sorted(schemas)),
        tables=tuple(sorted(tables)),
        extensions=tuple(sorted({each.name for each in found.items if each.kind == "EXTENSION"})),
        roles=tuple(sorted(found.roles)),
        large_objects=found.large_objects,
        revision=record.revision if record else "",
        refused_for=found.refused_for,
        is_brief=found.is_brief,
        warnings=(*(() if record else ("archive.unverified",)), *found.warnings),
    )


def on_server(preview: ArchivePreview, session: Session, ctx: TaskContext) -> ArchivePreview:
    """Add what a server lacks of what a backup needs."""
    with session.read(ctx) as connection:
        extensions, roles = set(connection.scalars(_EXTENSIONS)), set(connection.scalars(_ROLES))
    here = session.server.version_num // 10_000
    warnings = list(preview.warnings)
    if major_of(preview.server_version) > here:
        warnings.append("archive.newer_server")
    if major_of(preview.tool.rpartition(" ")[2]) > here:
        warnings.append("archive.newer_tool")
    return replace(
        preview,
        missing_extensions=tuple(each for each in preview.extensions if each not in extensions),
        missing_roles=tuple(each for each in preview.roles if each not in roles),
        warnings=tuple(dict.fromkeys(warnings)),
    )
