"""Answers of `backup`, as data for --json and as text for people: records, previews, proofs, libraries, plans."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nexus_studio.cli_output import facts, table
from nexus_studio.cli_wording_backups import (
    DIFFERENCES,
    STANDINGS,
    TOOL_REASONS,
    WHY_KEPT,
    archive_warning,
    backup_warning,
)
from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import ChosenTool, Proof
from nexus_studio.core.admin.sizes import human_bytes

if TYPE_CHECKING:
    from nexus_studio.core.admin.archives import ArchivePreview
    from nexus_studio.core.admin.retention import LibraryEntry, PrunePlan

SHOWN = 20
"""How many lines of one kind are printed for people; --json has all."""


def record_data(record: BackupRecord) -> dict[str, Any]:
    """Return all that a sidecar says."""
    states = record.states
    return {
        "file": record.file,
        "server": record.server,
        "database": record.database,
        "made_at": record.made_at,
        "size_bytes": record.size_bytes,
        "sha256": record.sha256,
        "tool": record.tool,
        "format": record.format,
        "compression": record.compression,
        "contents": record.contents,
        "options": record.options,
        "server_version": record.server_version,
        "snapshot": record.snapshot,
        "revision": record.revision,
        "duration_s": record.duration_s,
        "who": record.who,
        "reason": record.reason,
        "profile": record.profile,
        "encrypted": record.encrypted,
        "globals_file": record.globals_file,
        "copies": record.copies,
        "warnings": record.warnings,
        "tables": None if states is None else len(states),
        "rows": None if states is None else sum(each.rows for each in states),
        "proven_at": record.proven_at,
        "proof": None if record.proof is None else proof_data(record.proof),
    }


def proof_data(proof: Proof) -> dict[str, Any]:
    """Return what proving has shown."""
    return {
        "is_good": proof.is_good,
        "proven_at": proof.proven_at,
        "where": proof.where,
        "server_version": proof.server_version,
        "duration_s": proof.duration_s,
        "tables_compared": proof.compared,
        "differences": [
            {"table": each.relation, "kind": each.kind, "expected": each.expected, "found": each.found}
            for each in proof.differences
        ],
        "missing_extensions": proof.missing_extensions,
        "problems": proof.problems,
        "model_problems": proof.model_problems,
    }


def proof_text(file: Path, record: BackupRecord) -> str:
    """Say what proving has shown: the verdict in the first line."""
    proof = record.proof
    if proof is None:
        return f"{file.name} was never proven."
    place = f"{proof.where}, PostgreSQL {proof.server_version}"
    if not proof.is_good:
        lines = [f"{file.name} is NOT proven: {_verdict(proof)}."]
    elif proof.compared:
        lines = [f"{file.name} is proven: restored ({place}), {_count(proof.compared, 'table')} as the sidecar says."]
    else:
        lines = [f"{file.name} was restored whole ({place}). What its tables should hold is noted nowhere."]
    for each in proof.differences[:SHOWN]:
        lines.append(f"  {each.relation}: {DIFFERENCES[each.kind].format(expected=each.expected, found=each.found)}")
    if len(proof.differences) > SHOWN:
        lines.append(f"  and {len(proof.differences) - SHOWN} more")
    lines += [f"  missing there: extension {each}" for each in proof.missing_extensions]
    lines += [f"  {each}" for each in proof.problems[:SHOWN]]
    lines += [f"note: the models say: {each}" for each in proof.model_problems[:SHOWN]]
    return "\n".join(lines)


def _verdict(proof: Proof) -> str:
    parts = []
    if proof.differences:
        parts.append(f"{_count(len(proof.differences), 'table')} differ" + ("s" if len(proof.differences) == 1 else ""))
    if proof.missing_extensions:
        parts.append(f"{_count(len(proof.missing_extensions), 'extension')} missing where it was restored")
    if proof.problems:
        parts.append("it could not be restored whole")
    return ", ".join(parts)


def created_data(file: Path, record: BackupRecord, tool: ChosenTool | None) -> dict[str, Any]:
    """Return what was written, and which program did it."""
    chosen = None
    if tool is not None:
        chosen = {"path": tool.path, "major": tool.major, "reason": tool.reason}
    return {"file": file, "backup": record_data(record), "tool": chosen}


def created_text(file: Path, record: BackupRecord, tool: ChosenTool | None) -> str:
    """Say where it is, how large, what wrote it and why that, and what to beware of."""
    why = f" ({TOOL_REASONS.get(tool.reason, tool.reason)})" if tool else ""
    pairs: list[tuple[str, object]] = [
        ("backup", file),
        ("size", f"{human_bytes(record.size_bytes)} in {record.duration_s:.1f} s"),
        ("tool", f"{record.tool}{why}"),
        ("tables", _noted(record)),
    ]
    if record.revision:
        pairs.append(("revision", record.revision))
    if record.globals_file:
        pairs.append(("globals", file.with_name(record.globals_file)))
    if record.encrypted:
        pairs.append(("encrypted", record.encrypted))
    pairs += [("copy", each) for each in record.copies]
    pairs += [("warning", backup_warning(each)) for each in record.warnings]
    return facts(pairs)


def preview_data(preview: ArchivePreview) -> dict[str, Any]:
    """Return what a file holds."""
    return {
        "file": preview.file,
        "kind": preview.kind,
        "size_bytes": preview.size_bytes,
        "made_at": preview.made_at,
        "database": preview.database,
        "server_version": preview.server_version,
        "tool": preview.tool,
        "encoding": preview.encoding,
        "schemas": preview.schemas,
        "tables": preview.tables,
        "extensions": preview.extensions,
        "roles": preview.roles,
        "large_objects": preview.large_objects,
        "revision": preview.revision,
        "missing_extensions": preview.missing_extensions,
        "missing_roles": preview.missing_roles,
        "warnings": preview.warnings,
        "items": [
            {"kind": each.kind, "schema": each.schema, "name": each.name, "owner": each.owner} for each in preview.items
        ],
        "backup": None if preview.record is None else record_data(preview.record),
    }


def preview_text(preview: ArchivePreview, *, items: bool = False) -> str:
    """Say what a file holds."""
    record = preview.record
    pairs: list[tuple[str, object]] = [
        ("file", f"{preview.file} ({preview.kind.value}, {human_bytes(preview.size_bytes)})"),
        ("of", f"{preview.database or '?'}, PostgreSQL {preview.server_version or '?'}"),
        ("made", f"{_moment(preview.made_at)} by {preview.tool or '?'}"),
        ("schemas", _listed(preview.schemas)),
        ("tables", f"{len(preview.tables)}: {_listed(preview.tables)}" if preview.tables else "none"),
        ("extensions", _listed(preview.extensions)),
        ("roles", _listed(preview.roles)),
    ]
    if preview.large_objects:
        pairs.append(("large objects", "yes"))
    if preview.revision:
        pairs.append(("revision", preview.revision))
    if record is not None:
        pairs.append(("noted", _noted(record)))
    pairs.append(("proven", _proven(record)))
    pairs += [("missing here", f"extension {each}") for each in preview.missing_extensions]
    pairs += [("missing here", f"role {each}") for each in preview.missing_roles]
    pairs += [("warning", archive_warning(each)) for each in preview.warnings]
    text = facts(pairs)
    if items and preview.items:
        lines = [(each.kind, each.schema, each.name, each.owner) for each in preview.items]
        text += "\n\n" + table(("kind", "schema", "name", "owner"), lines)
    return text


def entries_data(entries: Iterable[LibraryEntry]) -> list[dict[str, Any]]:
    """Return what is there."""
    return [entry_data(each) for each in entries]


def entry_data(entry: LibraryEntry) -> dict[str, Any]:
    """Return one of the library."""
    return {
        "file": entry.file,
        "kind": entry.kind,
        "size_bytes": entry.size_bytes,
        "made_at": entry.made_at,
        "standing": entry.standing,
        "backup": None if entry.record is None else record_data(entry.record),
    }


def entries_text(entries: Iterable[LibraryEntry]) -> str:
    """List what is there, by folder."""
    by_folder: dict[Path, list[LibraryEntry]] = {}
    for each in entries:
        by_folder.setdefault(each.file.parent, []).append(each)
    headers = ("file", "of", "age", "size", "revision", "standing")
    parts = [f"{folder}\n{table(headers, map(_entry_line, found), right=(3,))}" for folder, found in by_folder.items()]
    return "\n\n".join(parts) or "There is no backup."


def plan_data(plan: PrunePlan) -> dict[str, Any]:
    """Return what would be kept and deleted."""
    return {
        "kept": [{**entry_data(each.entry), "why": each.why} for each in plan.kept],
        "deleted": entries_data(plan.dropped),
        "freed_bytes": plan.freed_bytes,
    }


def plan_text(plan: PrunePlan) -> str:
    """Say what goes and what stays and why."""
    lines = [(*_named(each.entry), ", ".join(WHY_KEPT.get(why, why) for why in each.why)) for each in plan.kept]
    lines += [(*_named(each), "goes") for each in plan.dropped]
    if not lines:
        return "There is no backup."
    head = f"{_count(len(plan.dropped), 'backup')} to delete, {human_bytes(plan.freed_bytes)}."
    return head + "\n\n" + table(("file", "age", "size", "kept as"), lines, right=(2,))


def age_of(moment: datetime) -> str:
    """Say how long ago, in the largest unit."""
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _entry_line(entry: LibraryEntry) -> tuple[object, ...]:
    record = entry.record
    return (
        entry.file.name,
        record.database if record else "?",
        age_of(entry.made_at),
        human_bytes(entry.size_bytes),
        record.revision if record else "",
        STANDINGS[entry.standing.value],
    )


def _named(entry: LibraryEntry) -> tuple[str, str, str]:
    return entry.file.name, age_of(entry.made_at), human_bytes(entry.size_bytes)


def _proven(record: BackupRecord | None) -> str:
    """Say whether it is proven, when, and against what."""
    if record is None or (record.proof is None and record.proven_at is None):
        return "never: nobody has restored and compared it yet"
    if (proof := record.proof) is None:
        return _moment(record.proven_at)
    tried = f"{_moment(proof.proven_at)} ({proof.where}, PostgreSQL {proof.server_version})"
    if proof.is_good:
        return f"{tried}, {_count(proof.compared, 'table')} compared"
    before = f"; it was whole on {_moment(record.proven_at)}" if record.proven_at else ""
    return f"NOT when it was tried on {tried}: {_verdict(proof)}{before}"


def _noted(record: BackupRecord) -> str:
    if record.states is None:
        return "not counted"
    rows = sum(each.rows for each in record.states)
    sums = "with checksums" if all(each.checksum is not None for each in record.states) else "without checksums"
    return f"{len(record.states)} with {rows:,} rows, {sums}"


def _moment(moment: datetime | None) -> str:
    return "?" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _listed(names: Iterable[object]) -> str:
    shown = [str(each) for each in names]
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more or "none"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
