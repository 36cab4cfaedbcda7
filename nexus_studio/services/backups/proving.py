"""Proving a backup: restored into a scratch database, each table compared with what the sidecar says of it.

What came of it, good or bad, is written to the sidecar. A backup that was never restored is a hope.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nexus_studio.core.admin.archives import ArchivePreview
from nexus_studio.core.admin.backupfiles import SUFFIX, BackupRecord
from nexus_studio.core.admin.backups import Difference, Proof, TableDifference, TableState, compare, rolled_up
from nexus_studio.core.admin.migrations import MigrationStanding
from nexus_studio.core.admin.restoreproblems import MOST
from nexus_studio.core.errors import BackupDamaged, StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.redact import loggable
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backupfiles import checksum, read_record, size_of, write_record
from nexus_studio.services.backups.encrypting import program_of
from nexus_studio.services.backups.opening import is_encrypted
from nexus_studio.services.backups.partitions import parents_of_movable
from nexus_studio.services.backups.scratchground import is_of_a_part, is_of_rows_alone
from nexus_studio.services.backups.scratchrestore import Restored, restored
from nexus_studio.services.backups.sequences import misplaced, positions
from nexus_studio.services.backups.snapshot import cancelling, states
from nexus_studio.services.dberrors import translated
from nexus_studio.services.migrations.scratch import Where
from nexus_studio.services.migrations.service import MigrationService
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

log = logging.getLogger(__name__)

MOST_MODEL_PROBLEMS: Final = 100

_NOT_ITS_OWN: Final = frozenset({MigrationStanding.AHEAD, MigrationStanding.NOT_MANAGED, MigrationStanding.NONE})


def prove(
    session: Session | None,
    paths: Paths,
    file: Path,
    ctx: TaskContext,
    *,
    migrations: Callable[[Session], MigrationService] | None = None,
    prefer: Where | None = None,
) -> BackupRecord:
    """Prove a backup and return what is said about it from now on: `proof` whatever came of it, `proven_at` if good.

    Where the sidecar says nothing of the tables, or there is none, only that it can be restored is proven
    (`Proof.compared` is 0). A file without a sidecar gets one, where its folder can be written to.

    Progress steps: those of `scratchrestore.restored`, then "backup.counting".

    Args:
        session: On the database it is of; None: there is none.
        paths: Where the embedded server's folder lies.
        file: The backup.
        ctx: Cancelling stops it: nothing is left, and nothing is written to the sidecar.
        migrations: Makes a migration service on a session: the models are compared with what was restored.
        prefer: Where it should rather be restored.

    Raises:
        BackupDamaged: "backup.no_dump", "backup.truncated", "backup.altered": it was not restored. The sidecar, if it
            has one, says so too.
        StudioError: it could not be tried; the sidecar says what it said before. See `scratchrestore.restored`.
    """
    began = time.monotonic()
    try:
        with restored(session, paths, file, ctx, prefer=prefer) as found:
            proof = _proof(found, migrations, began, ctx)
            preview = found.preview
    except BackupDamaged as error:
        _note_damage(file, error, began)
        raise
    record = _described(file, preview, ctx)
    record = replace(record, proof=proof, proven_at=_proven_at(record, proof))
    _keep(record, file)
    log.info("backup proven" if proof.is_good else "backup not proven", extra={"compared": proof.compared})
    return record


def _proof(
    found: Restored, migrations: Callable[[Session], MigrationService] | None, began: float, ctx: TaskContext
) -> Proof:
    expected = _expected(found.preview.record)
    differences = _differences(found, expected, ctx) if expected is not None else ()
    problems = (*found.problems, *_misplaced(found, ctx))[:MOST]
    return Proof(
        proven_at=datetime.now(UTC),
        where=found.where,
        server_version=found.session.server.version,
        duration_s=round(time.monotonic() - began, 3),
        compared=len(expected or ()),
        differences=_of_the_file(differences, found),
        missing_extensions=found.missing_extensions,
        problems=problems,
        model_problems=_model_problems(found.session, migrations, ctx) if migrations is not None else (),
    )


def _expected(record: BackupRecord | None) -> tuple[TableState, ...] | None:
    """Return what the tables must be like, None where nobody knows."""
    if record is None or record.states is None:
        return None
    return record.states


def _differences(found: Restored, expected: tuple[TableState, ...], ctx: TaskContext) -> tuple[TableDifference, ...]:
    wants_checksums = any(state.checksum is not None for state in expected)
    # A backup of rows alone went into today's tables, and more of those may be there.
    only = [state.relation for state in expected] if is_of_rows_alone(found.preview) else None
    with found.session.alone(ctx, purpose="scratch") as driver, translated(ctx.token), cancelling(driver, ctx):
        now = states(driver, ctx, relations=only, checksums=wants_checksums)
        parents = parents_of_movable(driver)
    return compare(rolled_up(expected, parents), rolled_up(now, parents))


def _misplaced(found: Restored, ctx: TaskContext) -> tuple[str, ...]:
    """Say which sequences do not stand where they stood. Of a part, only those count that the dump itself sets."""
    record = found.preview.record
    if record is None or not record.sequences or found.missing_extensions:
        return ()
    is_part = is_of_rows_alone(found.preview) or is_of_a_part(found.preview)
    only = {RelationName(each.schema, each.name) for each in found.preview.items if each.kind == "SEQUENCE SET"}
    with found.session.alone(ctx, purpose="scratch") as driver, translated(ctx.token), cancelling(driver, ctx):
        wrong = misplaced(record.sequences, positions(driver), only if is_part else None)
    return tuple(f"sequence {each}: it does not stand where it stood" for each in wrong)


def _of_the_file(differences: tuple[TableDifference, ...], found: Restored) -> tuple[TableDifference, ...]:
    """Leave out the tables that could not be made for want of an extension: that says nothing of the backup.

    What failed there stands among the problems.
    """
    if not found.missing_extensions:
        return differences
    return tuple(each for each in differences if each.kind is not Difference.MISSING)


def _model_problems(
    session: Session, migrations: Callable[[Session], MigrationService], ctx: TaskContext
) -> tuple[str, ...]:
    """Compare the project's models with what was restored; why that can't be done is a note as well.

    The bundled project stands in where none is known: then only what its migrations have made is compared.
    """
    service = migrations(session)
    try:
        if service.project.is_bundled and service.status(ctx).standing in _NOT_ITS_OWN:
            return ()
        found = service.check(ctx)
    except StudioError as error:
        ctx.token.raise_if_cancelled()
        log.info("models not compared", extra=loggable(error))
        return (error.code,)
    words = (f"{each.kind} {each.name} {each.detail}".strip() for each in found)
    return tuple(words)[:MOST_MODEL_PROBLEMS]


def _proven_at(record: BackupRecord, proof: Proof) -> datetime | None:
    """Return since when it is proven. An extension that is not to be had here takes nothing from an older proof."""
    if proof.is_good:
        return proof.proven_at
    is_undecided = bool(proof.missing_extensions) and not proof.differences
    return record.proven_at if is_undecided else None


def _described(file: Path, preview: ArchivePreview, ctx: TaskContext) -> BackupRecord:
    """Return what the sidecar says by now (somebody may have added to it), else what the file itself does."""
    if preview.record is not None:
        said = read_record(file.with_name(file.name + SUFFIX))
        return said if said is not None and said.sha256 == preview.record.sha256 else preview.record
    kind, _, compression = preview.kind.value.partition("+")
    return BackupRecord(
        file=file.name,
        server="",
        database=preview.database,
        made_at=preview.made_at or datetime.fromtimestamp(file.stat().st_mtime, UTC),
        size_bytes=size_of(file),
        sha256=checksum(file, ctx),
        tool=preview.tool,
        reason="foreign",
        format=kind,
        compression=compression or "none",
        server_version=preview.server_version,
        encrypted=program_of(file) if is_encrypted(file) else "",
    )


def _keep(record: BackupRecord, file: Path) -> None:
    try:
        write_record(record, file.parent)
    except OSError as error:  # what was found is returned all the same
        log.info("proof not written", extra={"reason": error.strerror or ""})


def _note_damage(file: Path, error: BackupDamaged, began: float) -> None:
    """Have the sidecar of a damaged file say so."""
    record = read_record(file.with_name(file.name + SUFFIX))
    if record is None or record.file != file.name:
        return
    duration = round(time.monotonic() - began, 3)
    proof = Proof(datetime.now(UTC), "", "", duration, compared=0, problems=(error.code,))
    _keep(replace(record, proof=proof, proven_at=None), file)
